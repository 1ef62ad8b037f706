using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Webhooks that are committed together: one look at what was seen before and one write, each a single round trip.</summary>
/// <param name="operations">Those whose caller gave up before the commit began are taken out.</param>
internal sealed class AppendGroup(List<AppendOperation> operations, KeyedHash hash, PostgresClock clock)
{
    private const string Look = "SELECT * FROM lull.append_look($1, $2, $3, $4, $5, $6)";

    /// <summary>Takes what is in flight by these conversations' hashes, the time, <see cref="SeenWrites.Columns"/> and <see cref="WebhookRows.Columns"/>.</summary>
    public static readonly string Append = $"SELECT * FROM lull.append({string.Join(", ", Enumerable.Range(1, 29).Select(number => $"${number}"))})";

    private readonly SeenLook _seen = new();
    private readonly Dictionary<ConversationId, DateTimeOffset> _repliedAt = [];
    private readonly Queue<MessageId> _ids = new(operations.Count);
    private readonly HashSet<ConversationId> _inFlight = [];
    private DateTimeOffset _now;

    /// <summary>True from when the commit may have begun: a failure does not tell whether it happened.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Stores the group by one statement, which is a transaction by itself.</summary>
    /// <returns>False when nothing was stored: something of it may have been seen before, and it must be looked at.</returns>
    public async Task<bool> TryAtOnceAsync(PostgresSession sql)
    {
        Hash();
        operations.RemoveAll(operation => !operation.TryTake());
        if (operations.Count == 0)
        {
            return true;
        }

        if (!AppendAtOnce.Fits(operations))
        {
            operations.ForEach(operation => operation.PutBack());
            return false;
        }

        try
        {
            if (await AppendAtOnce.StoreAsync(sql, operations, clock) is not var (ids, inFlight))
            {
                operations.ForEach(operation => operation.PutBack());
                return false;
            }

            IsDone = true;
            _inFlight.UnionWith(inFlight);
            foreach (var (operation, id) in operations.Zip(ids))
            {
                (operation.Outcome, operation.Id) = (operation.Arrival.Outcome, new(id));
            }

            clock.Saw(new MessageId(ids[0]).StoredAt.ToColumn());
            return true;
        }
        catch (Exception exception) when (exception is not PostgresException)
        {
            // What the database itself refuses it has not done; of a connection that broke nobody knows.
            IsDone = true;
            throw;
        }
    }

    /// <exception cref="LostRaceException">Another node stored a copy at the same moment.</exception>
    public async Task RunAsync(PostgresSession sql)
    {
        Hash();
        await LookAsync(sql);
        operations.RemoveAll(operation => !operation.TryTake());
        if (operations.Count > 0)
        {
            await WriteAsync(sql);
            IsDone = true;
        }
    }

    public bool IsInFlight(ConversationId? conversation) => conversation is { } id && _inFlight.Contains(id);

    private void Hash()
    {
        foreach (var operation in operations)
        {
            operation.Hashes ??= hash.Of(operation.Arrival.DuplicateKeys);
        }
    }

    private async Task LookAsync(PostgresSession sql)
    {
        var buckets = SeenRows.BucketsAround(clock.Now);
        ConversationId[] asked = [.. operations.Where(operation => operation.EndsWithReply).Select(operation => operation.Arrival.Conversation!.Value).Distinct()];
        var (locations, contacts) = asked.Length == 0 ? default : (asked.Select(id => id.Location).ToArray(), asked.Select(id => id.Contact).ToArray());
        await sql.FirstAsync(
            Look, Read, buckets, operations.SelectMany(operation => operation.Hashes!).Distinct().ToArray(), locations, contacts, clock.Told, operations.Count);
        _now = clock.Saw(_ids.Peek().StoredAt.ToColumn());
        if (SeenRows.BucketsOf(_now).Any(bucket => !buckets.Contains(bucket)))
        {
            // This node's clock was far off; now it is not.
            throw new LostRaceException();
        }
    }

    private bool Read(NpgsqlDataReader row)
    {
        if (!row.IsDBNull(0))
        {
            var (buckets, hashes, messages) = (row.GetFieldValue<int[]>(0), row.GetFieldValue<Guid[]>(1), row.GetFieldValue<long[]>(2));
            for (var i = 0; i < buckets.Length; i++)
            {
                _seen.Found(buckets[i], hashes[i], messages[i]);
            }
        }

        if (!row.IsDBNull(3))
        {
            var repliedAt = row.GetFieldValue<long[]>(5);
            foreach (var (i, id) in row.Conversations(3).Index())
            {
                _repliedAt[id] = repliedAt[i].ToInstant();
            }
        }

        foreach (var id in row.GetFieldValue<long[]>(6))
        {
            _ids.Enqueue(new(id));
        }

        return true;
    }

    private async Task WriteAsync(PostgresSession sql)
    {
        var rows = new WebhookRows(operations.Count);
        SortedDictionary<string, List<WebhookArrival>> profiles = new(StringComparer.Ordinal);
        foreach (var operation in operations)
        {
            Decide(operation, rows, profiles);
        }

        long[] hashes = [.. operations.Where(operation => operation.Outcome is WebhookOutcome.Batched).Select(operation => operation.Arrival.Conversation!.Value.Hash).Distinct()];
        var seen = _seen.Writes(_now);
        var (added, changed) = await sql.FirstAsync(
            Append,
            row =>
            {
                _inFlight.UnionWith(row.Conversations(0));
                return (row.GetInt32(2), row.IsDBNull(3) ? 0 : row.GetInt32(3));
            },
            [hashes, _now.ToColumn(), .. seen.Columns, .. rows.Columns]);
        if (added != seen.Added.Count || changed != seen.Changed.Count)
        {
            throw new LostRaceException();
        }

        foreach (var arrivals in profiles.Values)
        {
            await ContactRows.MergeAsync(sql, arrivals[0].Conversation!.Value, arrivals.Select(arrival => arrival.Profile), _now);
        }
    }

    private void Decide(AppendOperation operation, WebhookRows rows, SortedDictionary<string, List<WebhookArrival>> profiles)
    {
        var (arrival, id) = (operation.Arrival, _ids.Dequeue());
        if (Copy(operation) is { } first)
        {
            rows.Add(id, arrival, WebhookOutcome.Duplicate, _now, first);
            (operation.Outcome, operation.Id) = (WebhookOutcome.Duplicate, first);
            return;
        }

        rows.Add(id, arrival, arrival.Outcome, _now, duplicateOf: null);
        (operation.Outcome, operation.Id) = (arrival.Outcome, id);
        _seen.Remember(operation.Hashes!, id);
        if (operation.BringsProfile)
        {
            var conversation = arrival.Conversation!.Value;
            if (!profiles.TryGetValue(conversation.ToString(), out var arrivals))
            {
                profiles.Add(conversation.ToString(), arrivals = []);
            }

            arrivals.Add(arrival);
        }
    }

    private MessageId? Copy(AppendOperation operation)
    {
        foreach (var (i, key) in operation.Arrival.DuplicateKeys.Index())
        {
            if (_seen.Newest(operation.Hashes![i]) is { } seen && seen.StoredAt > _now - key.Window
                && !(key.EndsWithReply && operation.Arrival.Conversation is { } id && _repliedAt.TryGetValue(id, out var replied) && replied >= seen.StoredAt))
            {
                return seen;
            }
        }

        return null;
    }
}

/// <summary>One webhook that waits for its group's commit.</summary>
internal sealed class AppendOperation(WebhookArrival arrival, long enqueuedAt) : WriteOperation<AppendGroup, Receipt>(enqueuedAt)
{
    public WebhookArrival Arrival => arrival;

    public Guid[]? Hashes { get; set; }

    /// <summary>True when a reply could have ended the memory of one of its keys.</summary>
    public bool EndsWithReply => arrival.Conversation is not null && arrival.DuplicateKeys.Any(key => key.EndsWithReply);

    /// <summary>True when what it tells of the contact is kept though it is no message.</summary>
    public bool BringsProfile => arrival is { Outcome: WebhookOutcome.Recorded, Conversation: not null, Reason: not WebhookArrival.UnknownLocation };

    /// <summary>What the group decided.</summary>
    public WebhookOutcome Outcome { get; set; }

    public MessageId Id { get; set; }

    protected override Receipt Do(AppendGroup group) => Outcome is WebhookOutcome.Duplicate
        ? new(Outcome, Id, null)
        : new(Outcome, Id, arrival.Reason, Outcome is WebhookOutcome.Batched && group.IsInFlight(arrival.Conversation));
}

/// <summary>Another node was faster; nothing has changed, and another look will see what it did.</summary>
internal sealed class LostRaceException : Exception;
