namespace Lull.Storage;

/// <summary>
/// The state machine of <c>docs/architecture.md</c>: claim, write, fence, send, and every way back. Each step after the claim carries the attempt's
/// <see cref="BatchTicket"/>, changes nothing once a later attempt was made, and then returns false (or <see cref="FenceResult.Lost"/>).
/// </summary>
internal interface IBurstLedger
{
    /// <summary>When the conversation's next step is due, or null when there is none or a step is being taken now.</summary>
    ValueTask<NextStep?> NextStepAsync(ConversationId conversation, BurstWindow window, CancellationToken cancellationToken);

    /// <summary>
    /// Every conversation with a step to take, with when it is due; what is being taken now is left out. Where steps are taken under a lease, one that is being taken
    /// is named as due when it can be taken over.
    /// </summary>
    /// <param name="dueBefore">Only what is due before then; null = all.</param>
    IAsyncEnumerable<DueStep> OpenStepsAsync(BurstWindow window, DateTimeOffset? dueBefore, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the conversation's next step if it is due by the store's own data and clock, or forced, or full. Of any number of racing claims one wins.
    /// A burst of open messages becomes a batch; a released batch is adopted together with what was said since; a batch with a stored reply
    /// or an unknown send is taken up where it stands. Due longer ago than <paramref name="staleAfter"/>: held as stale instead.
    /// </summary>
    Task<ClaimResult> ClaimAsync(ConversationId conversation, BurstWindow window, TimeSpan staleAfter, CancellationToken cancellationToken);

    /// <summary>True when something was said since the claim that the batch would be released for: worth cancelling a model call.</summary>
    ValueTask<bool> HasNewerAsync(BatchTicket ticket, BurstWindow window, CancellationToken cancellationToken);

    /// <summary>Those of <paramref name="running"/> for which <see cref="HasNewerAsync"/> is true, in one question.</summary>
    Task<IReadOnlyList<BatchTicket>> WithNewerAsync(IReadOnlyList<BatchTicket> running, BurstWindow window, CancellationToken cancellationToken);

    /// <summary>
    /// Extends the leases of <paramref name="held"/>, all at once, and returns those that are still current: the others were taken over or have ended.
    /// A store whose leases end with its process extends nothing.
    /// </summary>
    Task<IReadOnlyList<BatchTicket>> RenewAsync(IReadOnlyList<BatchTicket> held, CancellationToken cancellationToken);

    /// <summary>claimed → replying: a model call begins.</summary>
    Task<bool> BeginReplyAsync(BatchTicket ticket, CancellationToken cancellationToken);

    /// <summary>replying → replied: from here a takeover sends this text instead of asking the model again.</summary>
    Task<bool> SaveReplyAsync(BatchTicket ticket, Reply reply, CancellationToken cancellationToken);

    /// <summary>Any state before sending → released.</summary>
    Task<bool> ReleaseAsync(BatchTicket ticket, Release release, CancellationToken cancellationToken);

    /// <summary>
    /// The last look before a send, in one statement: attempt current, no silence, nothing paused, nothing newer said unless both restarts are used up
    /// or the max wait passed. With <paramref name="record"/> the reply is recorded as delivered at once, without a send.
    /// </summary>
    Task<FenceResult> FenceAsync(BatchTicket ticket, BurstWindow window, bool record, CancellationToken cancellationToken);

    /// <summary>sending or unknown → answered. False also when <paramref name="externalId"/> is recorded for another reply.</summary>
    Task<bool> DeliveredAsync(BatchTicket ticket, string? externalId, CancellationToken cancellationToken);

    /// <summary>sending → replied: certainly not sent; sent again at <paramref name="retryAt"/> through the fence.</summary>
    Task<bool> NotSentAsync(BatchTicket ticket, string reason, DateTimeOffset retryAt, DateTimeOffset? retryUntil, CancellationToken cancellationToken);

    /// <summary>sending or unknown → unknown: what is known of the send, and when to look next.</summary>
    Task<bool> UnknownAsync(BatchTicket ticket, SendIntent intent, string reason, DateTimeOffset lookAt, CancellationToken cancellationToken);

    /// <summary>Ends a batch without an answer: suppressed, held or dead-lettered, with the reason an operator reads.</summary>
    Task<bool> EndAsync(BatchTicket ticket, BatchState state, string reason, CancellationToken cancellationToken);

    /// <summary>Makes the conversation's open messages due at once, durably. With a batch in flight the force is kept and runs next.</summary>
    /// <returns>What is forced, or null when nothing is open.</returns>
    Task<ForcedBurst?> ForceAsync(ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>The latest <paramref name="limit"/> messages of both sides before the batch, oldest first.</summary>
    Task<IReadOnlyList<HistoryEntry>> HistoryAsync(BatchTicket before, ConversationId conversation, int limit, CancellationToken cancellationToken);

    /// <summary>Counts tokens as spent on the day of the store's clock and returns the day's total. <paramref name="wasted"/>: on a call that gave no reply.</summary>
    Task<long> SpendTokensAsync(TokenUse tokens, bool wasted, CancellationToken cancellationToken);
}

/// <summary>What a step needs to be working: a fault of that target, or a pause, keeps it waiting.</summary>
internal enum StepNeeds
{
    Model,
    Delivery,
}

/// <summary>A conversation's next step.</summary>
internal readonly record struct NextStep(DateTimeOffset DueAt, StepNeeds Needs);

/// <summary>One conversation with a step to take.</summary>
internal readonly record struct DueStep(ConversationId Conversation, NextStep Step);

/// <summary>How a claim ended.</summary>
internal abstract record ClaimResult
{
    private ClaimResult()
    {
    }

    /// <summary>The step is the caller's.</summary>
    internal sealed record Claimed(Batch Batch) : ClaimResult;

    /// <summary>Not yet: ask again then.</summary>
    internal sealed record NotDue(DateTimeOffset At) : ClaimResult;

    /// <summary>Nothing is open, or a step is being taken now.</summary>
    internal sealed record Nothing : ClaimResult;

    /// <summary>Ended at the claim: held as stale, suppressed by a silence, dead-lettered after five lost attempts. There may be more to claim.</summary>
    internal sealed record Ended(string Batch, BatchState State, string Reason) : ClaimResult;
}

/// <summary>Why a batch is given back, and what that costs it.</summary>
internal abstract record Release
{
    private Release()
    {
    }

    /// <summary>A newer message joins; counts as one of two restarts unless the batch was only waiting for a retry.</summary>
    internal sealed record Newer : Release;

    /// <summary>A passing failure: tried again then; joined by what is said meanwhile.</summary>
    internal sealed record Retry(string Reason, DateTimeOffset At, DateTimeOffset Until) : Release;

    /// <summary>The set-up is at fault, or the outage outlived its retries: waits until <paramref name="Fault"/> is mended, not counted as a failure.</summary>
    /// <param name="ProbeAt">Set when the target works for others: this batch alone is held, and tried again then.</param>
    internal sealed record Faulted(string Fault, string Reason, DateTimeOffset? ProbeAt = null) : Release;

    /// <summary>The process ends; taken up again at once by the next.</summary>
    internal sealed record Shutdown : Release;

    /// <summary>An attempt ended without an outcome (a bug, a crash); the fifth dead-letters the batch.</summary>
    internal sealed record Lost(string Reason, DateTimeOffset At) : Release;
}

/// <summary>What the last look before a send decided.</summary>
internal abstract record FenceResult
{
    private FenceResult()
    {
    }

    /// <summary>The intent is stored: send now.</summary>
    internal sealed record Send(SendIntent Intent) : FenceResult;

    /// <summary>Recorded as delivered; nothing is to be sent.</summary>
    internal sealed record Recorded : FenceResult;

    /// <summary>Something newer was said: the batch is released.</summary>
    internal sealed record Newer(DateTimeOffset DueAt) : FenceResult;

    /// <summary>A silence stopped it: the batch is suppressed.</summary>
    internal sealed record Suppressed(string Reason) : FenceResult;

    /// <summary>All sending is stopped, or delivery for the location is at fault and this is not its probe: the batch keeps its reply and waits.</summary>
    internal sealed record Paused : FenceResult;

    /// <summary>The attempt is no longer current.</summary>
    internal sealed record Lost : FenceResult;
}

/// <summary>What a force acts on.</summary>
internal sealed record ForcedBurst(string Batch, int MessageCount);
