using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Lull.Tests.Receiving;

/// <summary>An inbox and journal in memory that can refuse or hang, as the real store does when its disk does.</summary>
internal sealed class FakeStore(TimeProvider time) : IInbox, IJournal
{
    private readonly Lock _gate = new();
    private readonly List<JournalEntry> _entries = [];
    private readonly Dictionary<string, (MessageId Id, DateTimeOffset Until)> _seen = [];
    private readonly ConcurrentDictionary<string, MessageId> _cursors = new();
    private readonly Channel<(string, MessageId)> _moves = Channel.CreateUnbounded<(string, MessageId)>();
    private long _last = 1000;

    /// <summary>A handler's complaint was noted.</summary>
    public TaskCompletionSource Noted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<WebhookArrival> Arrivals { get; } = [];

    public bool IsUnavailable { get; set; }

    public bool Hangs { get; set; }

    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int RoundTrips { get; private set; }

    public bool RefusesReplay { get; set; }

    public IReadOnlyList<JournalEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    public async ValueTask<Receipt> AppendAsync(WebhookArrival arrival, CancellationToken cancellationToken)
    {
        await ReachDiskAsync(cancellationToken);
        lock (_gate)
        {
            MessageId id = new(++_last);
            var first = arrival.DuplicateKeys.Where(key => _seen.TryGetValue(key.Text, out var known) && known.Until > time.GetUtcNow())
                .Select(key => (MessageId?)_seen[key.Text].Id).FirstOrDefault();
            foreach (var key in arrival.DuplicateKeys)
            {
                _seen.TryAdd(key.Text, (id, time.GetUtcNow() + key.Window));
            }

            Arrivals.Add(arrival);
            var outcome = first is null ? arrival.Outcome : WebhookOutcome.Duplicate;
            _entries.Add(Entry(id, arrival, outcome, first));
            return new(outcome, first ?? id, arrival.Reason);
        }
    }

    public async Task ProveRoundTripAsync(WebhookArrival arrival, CancellationToken cancellationToken)
    {
        await ReachDiskAsync(cancellationToken);
        RoundTrips++;
    }

    public Task<Receipt?> ReplayAsync(MessageId id, WebhookArrival arrival, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (RefusesReplay)
            {
                return Task.FromResult<Receipt?>(null);
            }

            var at = _entries.FindIndex(entry => entry.Id == id);
            _entries[at] = Entry(id, arrival, arrival.Outcome, null);
            return Task.FromResult<Receipt?>(new(arrival.Outcome, id, arrival.Reason));
        }
    }

    public Task<IReadOnlyList<JournalEntry>> JournalAsync(JournalQuery query, CancellationToken cancellationToken)
    {
        var wanted = Entries.Where(entry => query.Outcome is null || entry.Outcome == query.Outcome)
            .Where(entry => query.Contact is null || entry.Conversation?.Contact == query.Contact);
        return Task.FromResult<IReadOnlyList<JournalEntry>>(query.After is { } after
            ? [.. wanted.Where(entry => entry.Id.CompareTo(after) > 0).Take(query.Limit)]
            : [.. wanted.TakeLast(query.Limit)]);
    }

    public Task<JournalEntry?> JournalEntryAsync(MessageId id, CancellationToken cancellationToken)
        => Task.FromResult(Entries.FirstOrDefault(entry => entry.Id == id));

    public Task NoteErrorAsync(MessageId id, string error, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var at = _entries.FindIndex(entry => entry.Id == id);
            _entries[at] = _entries[at] with { Error = error };
        }

        Noted.TrySetResult();
        return Task.CompletedTask;
    }

    public Task<MessageId> CursorAsync(string name, CancellationToken cancellationToken) => Task.FromResult(_cursors.GetValueOrDefault(name));

    public Task MoveCursorAsync(string name, MessageId to, CancellationToken cancellationToken)
    {
        _cursors[name] = to;
        _moves.Writer.TryWrite((name, to));
        return Task.CompletedTask;
    }

    /// <summary>Completes when a reader of the journal has come so far.</summary>
    public async Task MovedAsync(string name, MessageId to)
    {
        while (await _moves.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().InTime() != (name, to))
        {
        }
    }

    public Task<int> PruneAsync(DateTimeOffset? messagesBefore, DateTimeOffset? journalBefore, int limit, CancellationToken cancellationToken)
        => Task.FromResult(0);

    private async Task ReachDiskAsync(CancellationToken cancellationToken)
    {
        Asked.TrySetResult();
        if (Hangs)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        if (IsUnavailable)
        {
            throw new StoreUnavailableException("The disk is full.");
        }
    }

    private JournalEntry Entry(MessageId id, WebhookArrival arrival, WebhookOutcome outcome, MessageId? first) => new()
    {
        Id = id,
        ReceivedAt = time.GetUtcNow(),
        Dialect = arrival.Dialect,
        Type = arrival.Type,
        Conversation = arrival.Conversation,
        Outcome = outcome,
        Reason = arrival.Reason,
        Error = arrival.Error,
        DuplicateOf = first,
        Headers = arrival.Headers,
        Body = arrival.Body.ToArray(),
    };
}
