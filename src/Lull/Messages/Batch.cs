namespace Lull.Messages;

/// <summary>The states of a batch, in the order of the diagram in <c>docs/architecture.md</c>. The numbers are stored: never renumber.</summary>
internal enum BatchState
{
    /// <summary>Given back: waits for its window or its retry and is adopted by the next claim.</summary>
    Released = 1,
    Claimed = 2,
    Replying = 3,

    /// <summary>The reply's text is stored and waits to be sent.</summary>
    Replied = 4,

    /// <summary>The intent to send is stored; the send may or may not have happened.</summary>
    Sending = 5,

    /// <summary>It is not known whether a send arrived; the vendor is asked.</summary>
    Unknown = 6,

    Answered = 10,
    Suppressed = 11,
    Held = 12,
    DeadLettered = 13,

    /// <summary>Its messages were given back to the open ones by an operator and belong to a later batch.</summary>
    Reopened = 14,
}

/// <summary>The right to take the next step of a batch: every step carries it, and changes nothing once a later attempt was made.</summary>
internal readonly record struct BatchTicket(long Batch, int Attempt);

/// <summary>One message of a batch, as the prompt needs it.</summary>
internal sealed record BurstMessage(MessageId Id, string Text, DateTimeOffset ReceivedAt, DateTimeOffset? SaidAt, IReadOnlyList<string> Attachments);

/// <summary>A claimed batch: all that is needed to write and deliver its reply.</summary>
internal sealed record Batch
{
    public required BatchTicket Ticket { get; init; }
    public required string Name { get; init; }
    public required ConversationId Conversation { get; init; }
    public required Lane Lane { get; init; }

    /// <summary>What is to be done next: <see cref="BatchState.Claimed"/> write, <see cref="BatchState.Replied"/> send, <see cref="BatchState.Unknown"/> read back.</summary>
    public required BatchState State { get; init; }

    public required DateTimeOffset FirstAt { get; init; }
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>When the burst was due, before any retry.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>In the order they were said.</summary>
    public required IReadOnlyList<BurstMessage> Messages { get; init; }

    public required ContactProfile Profile { get; init; }

    /// <summary>How often a newer message cancelled the reply, 0–2.</summary>
    public required int Restarts { get; init; }

    /// <summary>How often a passing failure was met since the last success, and until when it is retried.</summary>
    public required int Failures { get; init; }

    public required DateTimeOffset? RetryUntil { get; init; }

    /// <summary>Set from <see cref="BatchState.Replied"/> on.</summary>
    public required Reply? Reply { get; init; }

    /// <summary>Set from <see cref="BatchState.Sending"/> on.</summary>
    public required SendIntent? Intent { get; init; }
}

/// <summary>The stored intent to send, and how far the read-back of an unknown send has come.</summary>
/// <param name="At">When the intent was stored: nothing older can be this send.</param>
/// <param name="EndedAt">When the send ended without an answer; null while it runs or after a crash.</param>
/// <param name="NotThere">How many reads did not find it.</param>
/// <param name="UnreadableSince">Since when the vendor cannot be read.</param>
internal sealed record SendIntent(DateTimeOffset At, DateTimeOffset? EndedAt, int NotThere, DateTimeOffset? UnreadableSince);
