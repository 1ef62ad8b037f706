using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Operating;

/// <summary>The store as the operator's endpoints see it: what a test puts in is read, what an endpoint changes is recorded.</summary>
internal sealed class FakeStore(TimeProvider time) : IMessageStore
{
    public List<ConversationId> Contacts { get; } = [];
    public List<BurstView> Bursts { get; } = [];
    public QueueCounts Counts { get; set; } = new(0, 0, 0, 0, 0, null);
    public Dictionary<ConversationId, LastReply> LastReplies { get; } = [];
    public Dictionary<MessageId, MessageFate> Fates { get; } = [];
    public Dictionary<(ConversationId, string), MessageId> ExternalIds { get; } = [];
    public Dictionary<ConversationId, ConversationView> Conversations { get; } = [];
    public List<(BatchState State, EndedBatch Batch)> Ended { get; } = [];
    public Dictionary<ConversationId, ForcedBurst> Forceable { get; } = [];
    public List<Pause> Pauses { get; } = [];
    public Dictionary<ConversationId, Silence> Silences { get; } = [];
    public List<AttentionItem> Attention { get; } = [];
    public ConcurrentQueue<AttentionItem> Untold { get; } = [];
    public List<Fault> Faults { get; } = [];
    public List<JournalEntry> Journal { get; } = [];
    public List<ConversationId> Erased { get; } = [];
    public ConcurrentQueue<(DateTimeOffset? Messages, DateTimeOffset? Journal, int Limit)> Prunes { get; } = [];
    public int Prunable { get; set; }
    public int? WaitOverride { get; set; }
    public int Checks;

    public List<AuditViolation> Violations { get; } = [];

    /// <summary>What <see cref="CheckAsync"/> waits for.</summary>
    public Func<Task> Check { get; set; } = () => Task.CompletedTask;

    /// <summary>True: the store cannot be read now.</summary>
    public bool Unavailable { get; set; }

    public string Kind => "sqlite";

    public bool IsShared => false;
    public DateTimeOffset Now => time.GetUtcNow();

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Checks);
        return Check();
    }

    public Task<IReadOnlyList<Fault>> FaultsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Fault>>(Faults);

    public Task<IReadOnlyList<ConversationId>> FindContactAsync(string contact, CancellationToken cancellationToken)
        => Unavailable
            ? throw new StoreUnavailableException("locked")
            : Task.FromResult<IReadOnlyList<ConversationId>>([.. Contacts.Where(id => id.Contact == contact)]);

    public Task<QueuePage> QueueAsync(long? after, int limit, BurstWindow window, CancellationToken cancellationToken)
    {
        var from = (int)(after ?? 0);
        var next = from + limit;
        return Task.FromResult(new QueuePage([.. Bursts.Skip(from).Take(limit)], next < Bursts.Count ? next : null));
    }

    /// <summary>When it was counted.</summary>
    public ConcurrentQueue<DateTimeOffset> CountedAt { get; } = [];

    /// <summary>How long counting takes, by the test's clock.</summary>
    public TimeSpan CountingTakes { get; set; }

    public Task<QueueCounts> CountsAsync(CancellationToken cancellationToken)
    {
        CountedAt.Enqueue(time.GetUtcNow());
        if (CountingTakes > TimeSpan.Zero)
        {
            ((FakeTimeProvider)time).Advance(CountingTakes);
        }

        return Task.FromResult(Counts);
    }

    public Task<BurstView?> BurstAsync(ConversationId conversation, BurstWindow window, CancellationToken cancellationToken)
        => Task.FromResult(Bursts.FirstOrDefault(burst => burst.Conversation == conversation));

    public Task<LastReply?> LastReplyAsync(ConversationId conversation, CancellationToken cancellationToken)
        => Task.FromResult(LastReplies.GetValueOrDefault(conversation));

    public Task<MessageFate?> FateAsync(MessageId id, BurstWindow window, CancellationToken cancellationToken) => Task.FromResult(Fates.GetValueOrDefault(id));

    public Task<MessageId?> FindMessageAsync(ConversationId conversation, string externalId, CancellationToken cancellationToken)
        => Task.FromResult<MessageId?>(ExternalIds.TryGetValue((conversation, externalId), out var id) ? id : null);

    public Task<ConversationView> ConversationAsync(ConversationId conversation, BurstWindow window, int limit, CancellationToken cancellationToken)
    {
        var view = Conversations[conversation];
        return Task.FromResult(view with { Entries = [.. view.Entries.TakeLast(limit)] });
    }

    public Task<IReadOnlyList<EndedBatch>> EndedAsync(BatchState state, long after, int limit, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<EndedBatch>>(
            [.. Ended.Where(ended => ended.State == state && ended.Batch.Position > after).Select(ended => ended.Batch).Take(limit)]);

    public Task<ConversationId?> ReopenAsync(string batch, BatchState from, CancellationToken cancellationToken) => Task.FromResult(Take(batch, from));

    public Task<ConversationId?> DropAsync(string batch, CancellationToken cancellationToken) => Task.FromResult(Take(batch, BatchState.Held));

    public ValueTask<int?> WaitOverrideAsync(CancellationToken cancellationToken) => ValueTask.FromResult(WaitOverride);

    public Task SetWaitOverrideAsync(int? seconds, CancellationToken cancellationToken)
    {
        WaitOverride = seconds;
        return Task.CompletedTask;
    }

    public Task<int> EraseAsync(ConversationId conversation, CancellationToken cancellationToken)
    {
        Contacts.Remove(conversation);
        Erased.Add(conversation);
        return Task.FromResult(3);
    }

    public Task<ForcedBurst?> ForceAsync(ConversationId conversation, CancellationToken cancellationToken)
        => Task.FromResult(Forceable.GetValueOrDefault(conversation));

    public async IAsyncEnumerable<DueStep> OpenStepsAsync(BurstWindow window, DateTimeOffset? dueBefore, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var burst in Bursts)
        {
            yield return new(burst.Conversation, new(burst.LastMessageTime + window.Wait, StepNeeds.Model));
        }

        await Task.CompletedTask;
    }

    public Task PauseAsync(string? location, string reason, CancellationToken cancellationToken)
    {
        Pauses.Add(new(location, reason, Now));
        return Task.CompletedTask;
    }

    public Task ResumeAsync(string? location, CancellationToken cancellationToken)
    {
        Pauses.RemoveAll(pause => pause.Location == location);
        return Task.CompletedTask;
    }

    public ValueTask<IReadOnlyList<Pause>> PausesAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<Pause>>(Pauses);

    public Task SilenceAsync(ConversationId conversation, string reason, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        Silences[conversation] = new(reason, Now, until);
        return Task.CompletedTask;
    }

    public Task<bool> EndSilenceAsync(ConversationId conversation, string reason, CancellationToken cancellationToken)
        => Task.FromResult(Silences.TryGetValue(conversation, out var silence) && silence.Reason == reason && Silences.Remove(conversation));

    public Task<IReadOnlyList<AttentionItem>> AttentionAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<AttentionItem>>(Attention);

    public Task<bool> ClearAttentionAsync(long id, CancellationToken cancellationToken) => Task.FromResult(Attention.RemoveAll(item => item.Id == id) > 0);

    public Task<IReadOnlyList<AttentionItem>> UntoldAsync(int limit, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<AttentionItem>>([.. Untold.Take(limit)]);

    public Task ToldAsync(long id, CancellationToken cancellationToken)
    {
        Assert.True(Untold.TryDequeue(out var told));
        Assert.Equal(id, told.Id);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<JournalEntry>> JournalAsync(JournalQuery query, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<JournalEntry>>(
            [.. Journal.Where(entry => entry.Id.CompareTo(query.After ?? new(-1)) > 0 && entry.Conversation?.Contact == query.Contact).Take(query.Limit)]);

    public Task<int> PruneAsync(DateTimeOffset? messagesBefore, DateTimeOffset? journalBefore, int limit, CancellationToken cancellationToken)
    {
        var deleted = Math.Min(Prunable, limit);
        Prunable -= deleted;
        Prunes.Enqueue((messagesBefore, journalBefore, limit));
        return Task.FromResult(deleted);
    }

    private ConversationId? Take(string batch, BatchState state)
    {
        var found = Ended.FirstOrDefault(ended => ended.State == state && ended.Batch.Batch == batch);
        return found.Batch is { } taken && Ended.Remove(found) ? taken.Conversation : null;
    }

    // Not the operator's business.
    public Task OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    public ValueTask<Receipt> AppendAsync(WebhookArrival arrival, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task ProveRoundTripAsync(WebhookArrival arrival, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<Receipt?> ReplayAsync(MessageId id, WebhookArrival arrival, CancellationToken cancellationToken) => throw new NotSupportedException();
    public ValueTask<NextStep?> NextStepAsync(ConversationId conversation, BurstWindow window, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<ClaimResult> ClaimAsync(ConversationId conversation, BurstWindow window, TimeSpan staleAfter, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<bool> BeginReplyAsync(BatchTicket ticket, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<bool> SaveReplyAsync(BatchTicket ticket, Reply reply, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<bool> ReleaseAsync(BatchTicket ticket, Release release, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<FenceResult> FenceAsync(BatchTicket ticket, BurstWindow window, bool record, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<bool> DeliveredAsync(BatchTicket ticket, string? externalId, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<bool> NotSentAsync(BatchTicket ticket, string reason, DateTimeOffset retryAt, DateTimeOffset? retryUntil, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<bool> UnknownAsync(BatchTicket ticket, SendIntent intent, string reason, DateTimeOffset lookAt, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<bool> EndAsync(BatchTicket ticket, BatchState state, string reason, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(BatchTicket before, ConversationId conversation, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<long> SpendTokensAsync(TokenUse tokens, bool wasted, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<IReadOnlyList<BatchTicket>> WithNewerAsync(IReadOnlyList<BatchTicket> running, BurstWindow window, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<BatchTicket>> RenewAsync(IReadOnlyList<BatchTicket> held, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<bool> HasNewerAsync(BatchTicket ticket, BurstWindow window, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<JournalEntry?> JournalEntryAsync(MessageId id, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task NoteErrorAsync(MessageId id, string error, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<MessageId> CursorAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task MoveCursorAsync(string name, MessageId to, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task SetFaultAsync(string target, string reason, DateTimeOffset? until, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task ClearFaultAsync(string target, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task RaiseAsync(string cause, string text, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<AuditReport> AuditAsync(int limit, CancellationToken cancellationToken) => Unavailable
        ? throw new StoreUnavailableException("locked")
        : Task.FromResult(new AuditReport(
            new SortedDictionary<string, long> { ["batched"] = 7, ["duplicate"] = 1 },
            new SortedDictionary<string, long> { ["answered"] = 6, ["open"] = 1 },
            new SortedDictionary<string, long> { ["answered"] = 2 },
            new SortedDictionary<string, long> { ["recorded"] = 2 },
            [.. Violations.Take(limit)], Violations.Count, TimeSpan.FromMilliseconds(12)));
}
