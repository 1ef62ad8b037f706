using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Webhooks that are committed together: one look at what was seen before and one write, each a single round trip.</summary>
/// <param name="operations">Those whose caller gave up before the commit began are taken out.</param>
internal sealed class AppendGroup(List<AppendOperation> operations, KeyedHash hash, PostgresClock clock)
{
    // One clock reading for all of them: the id carries it.
    private const string SelectIds = "SELECT lull.next_id(c.now) FROM (SELECT lull.now_ms($1) AS now OFFSET 0) c, generate_series(1, $2)";

    // Key by key, whatever the planner thinks of a table that has grown since it was last analysed: looking through a whole bucket would cost more with every webhook.
    private const string SelectSeen = """
        SELECT s.bucket, k.hash, s.message FROM unnest($2::uuid[]) AS k(hash)
        CROSS JOIN LATERAL (SELECT bucket, message FROM lull.seen WHERE bucket = ANY($1) AND hash = k.hash OFFSET 0) s
        """;

    private const string SelectReplied = """
        SELECT k.location, k.contact, c.last_reply_at FROM unnest($1::text[], $2::text[]) AS k(location, contact)
        CROSS JOIN LATERAL (SELECT last_reply_at FROM lull.contacts WHERE contact = k.contact AND location = k.location AND last_reply_at IS NOT NULL OFFSET 0) c
        """;

    private const string SelectInFlight = """
        SELECT location, contact FROM lull.batches WHERE state < 10 AND lease_until > $2 AND conversation = ANY($1)
        """;

    private readonly SeenLook _seen = new();
    private readonly Dictionary<ConversationId, DateTimeOffset> _repliedAt = [];
    private readonly Queue<MessageId> _ids = new(operations.Count);
    private readonly HashSet<ConversationId> _inFlight = [];
    private DateTimeOffset _now;

    /// <summary>True from when the commit may have begun: a failure does not tell whether it happened.</summary>
    public bool IsDone { get; private set; }

    /// <exception cref="LostRaceException">Another node stored a copy at the same moment.</exception>
    public async Task RunAsync(PostgresSession sql)
    {
        foreach (var operation in operations)
        {
            operation.Hashes ??= hash.Of(operation.Arrival.DuplicateKeys);
        }

        await LookAsync(sql);
        operations.RemoveAll(operation => !operation.TryTake());
        if (operations.Count > 0)
        {
            await WriteAsync(sql);
            IsDone = true;
        }
    }

    public bool IsInFlight(ConversationId? conversation) => conversation is { } id && _inFlight.Contains(id);

    private async Task LookAsync(PostgresSession sql)
    {
        var buckets = SeenRows.BucketsAround(clock.Now);
        await using var batch = sql.Batch();
        batch.BatchCommands.Add(sql.BatchCommand(SelectSeen, buckets, operations.SelectMany(operation => operation.Hashes!).Distinct().ToArray()));
        ConversationId[] asked = [.. operations.Where(operation => operation.EndsWithReply).Select(operation => operation.Arrival.Conversation!.Value).Distinct()];
        if (asked.Length > 0)
        {
            batch.BatchCommands.Add(sql.BatchCommand(SelectReplied, asked.Select(id => id.Location).ToArray(), asked.Select(id => id.Contact).ToArray()));
        }

        // After the look: what is found to be a copy has an id behind that of the message it is a copy of.
        batch.BatchCommands.Add(sql.BatchCommand(SelectIds, clock.Told, operations.Count));
        await using (var reader = await batch.ExecuteReaderAsync(sql.Cancellation))
        {
            await ReadAsync(reader, asked.Length > 0, sql.Cancellation);
        }

        _now = clock.Saw(_ids.Peek().StoredAt.ToColumn());
        if (SeenRows.BucketsOf(_now).Any(bucket => !buckets.Contains(bucket)))
        {
            // This node's clock was far off; now it is not.
            throw new LostRaceException();
        }
    }

    private async Task ReadAsync(NpgsqlDataReader reader, bool withReplied, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            _seen.Found(reader.GetInt32(0), reader.GetGuid(1), reader.GetInt64(2));
        }

        await reader.NextResultAsync(cancellationToken);
        while (withReplied && await reader.ReadAsync(cancellationToken))
        {
            _repliedAt[new(reader.GetString(0), reader.GetString(1))] = reader.Instant(2);
        }

        if (withReplied)
        {
            await reader.NextResultAsync(cancellationToken);
        }

        while (await reader.ReadAsync(cancellationToken))
        {
            _ids.Enqueue(new(reader.GetInt64(0)));
        }
    }

    private async Task WriteAsync(PostgresSession sql)
    {
        var rows = new WebhookRows(operations.Count);
        SortedDictionary<string, List<WebhookArrival>> profiles = new(StringComparer.Ordinal);
        foreach (var operation in operations)
        {
            Decide(operation, rows, profiles);
        }

        await using var batch = sql.Batch();
        long[] hashes = [.. operations.Where(operation => operation.Outcome is WebhookOutcome.Batched).Select(operation => operation.Arrival.Conversation!.Value.Hash).Distinct()];
        batch.BatchCommands.Add(sql.BatchCommand(SelectInFlight, hashes, _now.ToColumn()));
        var remembered = _seen.Writes(sql, _now);
        foreach (var (command, _) in remembered)
        {
            batch.BatchCommands.Add(command);
        }

        batch.BatchCommands.Add(rows.Insert(sql));
        await using (var reader = await batch.ExecuteReaderAsync(sql.Cancellation))
        {
            while (await reader.ReadAsync(sql.Cancellation))
            {
                _inFlight.Add(new(reader.GetString(0), reader.GetString(1)));
            }

            while (await reader.NextResultAsync(sql.Cancellation))
            {
                // To the end, for the numbers of rows.
            }
        }

        if (remembered.Any(write => (int)write.Command.RecordsAffected != write.Rows))
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
        if (arrival is { Outcome: WebhookOutcome.Recorded, Conversation: { } conversation, Reason: not WebhookArrival.UnknownLocation })
        {
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

    /// <summary>What the group decided.</summary>
    public WebhookOutcome Outcome { get; set; }

    public MessageId Id { get; set; }

    protected override Receipt Do(AppendGroup group) => Outcome is WebhookOutcome.Duplicate
        ? new(Outcome, Id, null)
        : new(Outcome, Id, arrival.Reason, Outcome is WebhookOutcome.Batched && group.IsInFlight(arrival.Conversation));
}

/// <summary>Another node was faster; nothing has changed, and another look will see what it did.</summary>
internal sealed class LostRaceException : Exception;
