namespace Lull.Storage;

/// <summary>What the operator's endpoints read and change. Reads answer at once, whatever a conversation is doing.</summary>
internal interface IOperatorRecords
{
    /// <summary>Every location in which the contact has been seen, in order.</summary>
    Task<IReadOnlyList<ConversationId>> FindContactAsync(string contact, CancellationToken cancellationToken);

    /// <summary>One page of what waits, replies, delivers or is held automatically, in a stable order; <paramref name="after"/> is the last page's <see cref="QueuePage.Next"/>.</summary>
    Task<QueuePage> QueueAsync(long? after, int limit, BurstWindow window, CancellationToken cancellationToken);

    /// <summary>Counts for metrics and the status page; cheap.</summary>
    Task<QueueCounts> CountsAsync(CancellationToken cancellationToken);

    /// <summary>The conversation's open burst or unfinished batch, or null.</summary>
    Task<BurstView?> BurstAsync(ConversationId conversation, BurstWindow window, CancellationToken cancellationToken);

    /// <summary>The latest reply that was delivered or recorded, or null.</summary>
    Task<LastReply?> LastReplyAsync(ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>The fate of a stored message, or null.</summary>
    Task<MessageFate?> FateAsync(MessageId id, BurstWindow window, CancellationToken cancellationToken);

    /// <summary>The id of a message by the sender's own id, within 7 days of its arrival; null when unknown.</summary>
    Task<MessageId?> FindMessageAsync(ConversationId conversation, string externalId, CancellationToken cancellationToken);

    /// <summary>Both sides of a conversation, oldest first, at most <paramref name="limit"/> of the latest.</summary>
    Task<ConversationView> ConversationAsync(ConversationId conversation, BurstWindow window, int limit, CancellationToken cancellationToken);

    /// <summary>Batches that ended held or dead-lettered, oldest first; held includes those that wait for a fault to be mended.</summary>
    Task<IReadOnlyList<EndedBatch>> EndedAsync(BatchState state, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Gives a held or dead-lettered batch's messages back to what is open, due at once; they pass every check again.</summary>
    /// <returns>The conversation to wake, or null when there is no such batch in that state.</returns>
    Task<ConversationId?> ReopenAsync(string batch, BatchState from, CancellationToken cancellationToken);

    /// <summary>held → suppressed: the operator decided not to answer.</summary>
    Task<ConversationId?> DropAsync(string batch, CancellationToken cancellationToken);

    /// <summary>The stored wait time that beats the setting, or null.</summary>
    ValueTask<int?> WaitOverrideAsync(CancellationToken cancellationToken);

    /// <summary>Stores the wait time in seconds, or forgets it with null. Open bursts follow at once.</summary>
    Task SetWaitOverrideAsync(int? seconds, CancellationToken cancellationToken);

    /// <summary>
    /// Erases the contact in one step: profile, messages, replies, journal bodies, dead letters; a step in flight loses its ticket. Keyed hashes stay, so that late copies are known.
    /// </summary>
    /// <returns>How many messages were erased.</returns>
    Task<int> EraseAsync(ConversationId conversation, CancellationToken cancellationToken);
}

/// <param name="Next">The <c>after</c> of the next page; null at the end.</param>
internal sealed record QueuePage(IReadOnlyList<BurstView> Bursts, long? Next);

/// <param name="OldestUnanswered">Arrival of the oldest message that is still open or in a batch in flight.</param>
internal sealed record QueueCounts(int Waiting, int Replying, int Delivering, int Held, int DeadLettered, DateTimeOffset? OldestUnanswered)
{
    public int Active => Waiting + Replying + Delivering;
}

/// <summary>A burst as the operator sees it.</summary>
/// <param name="State"><c>waiting</c>, <c>replying</c>, <c>delivering</c> or <c>held</c>.</param>
/// <param name="Reason">Why it is held, or what its retry waits for.</param>
/// <param name="DueAt">When its next step is due.</param>
/// <param name="IsUnique">False when the contact id is also active in another location.</param>
internal sealed record BurstView(
    string Batch,
    ConversationId Conversation,
    Lane Lane,
    DateTimeOffset StartTime,
    DateTimeOffset LastMessageTime,
    IReadOnlyList<BurstMessage> Messages,
    DateTimeOffset DueAt,
    string State,
    string? Reason,
    bool IsUnique);

internal sealed record LastReply(string Text, DateTimeOffset SentAt, string Batch, int MessageCount, bool Recorded);

/// <summary>Everything that happened to one message.</summary>
/// <param name="State"><c>open</c>, <c>answered</c>, <c>suppressed</c>, <c>held</c> or <c>dead_lettered</c>; for what never was a message to answer: the webhook's outcome.</param>
/// <param name="Release">For held: what would release it.</param>
internal sealed record MessageFate(
    MessageId Id,
    ConversationId? Conversation,
    string? Text,
    string State,
    string? Reason,
    string? Release,
    string? Batch,
    LastReply? Reply,
    IReadOnlyList<FateStep> Steps);

/// <param name="Name"><c>received</c>, <c>claimed</c>, <c>replying</c>, <c>replied</c>, <c>sending</c>, <c>answered</c>, <c>released</c>, …</param>
internal sealed record FateStep(string Name, DateTimeOffset At, string? Batch, int? Attempt, string? Detail);

internal sealed record ConversationView(
    ConversationId Conversation,
    ContactProfile Profile,
    DateTimeOffset? FirstSeen,
    IReadOnlyList<Silence> Silences,
    IReadOnlyList<ConversationEntry> Entries);

/// <param name="Id">The message's id; for our side the batch's name.</param>
internal sealed record ConversationEntry(bool FromContact, string Id, string Text, DateTimeOffset At, string State, string? Reason, string? Batch);

/// <summary>A batch that waits for the operator, or for a fault to be mended.</summary>
/// <param name="Position">The <c>after</c> of the next page.</param>
/// <param name="Release">What would release it.</param>
internal sealed record EndedBatch(
    long Position,
    string Batch,
    ConversationId Conversation,
    string Reason,
    string Release,
    DateTimeOffset At,
    IReadOnlyList<BurstMessage> Messages,
    string? Reply);
