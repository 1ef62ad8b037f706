namespace Lull.Storage;

/// <summary>The store proves of itself that the promises hold: every message has one fate, every batch a lawful state, every reply one delivery record.</summary>
internal interface IAudit
{
    /// <summary>
    /// Walks everything stored in one snapshot and reports what cannot be. Reads only: it changes nothing, and no writer waits for it.
    /// A store in lawful use has no violation at any moment, also not between two steps or after a crash.
    /// </summary>
    /// <param name="limit">How many violations are listed at most; all are counted.</param>
    Task<AuditReport> AuditAsync(int limit, CancellationToken cancellationToken);
}

/// <summary>What an audit counted and found.</summary>
/// <param name="Webhooks">Every stored webhook by its outcome: <c>batched</c> (a message), <c>duplicate</c>, <c>recorded</c>, …</param>
/// <param name="Messages">Messages by their fate: <c>open</c>, <c>answered</c>, <c>suppressed</c>, <c>held</c>, <c>dead_lettered</c>; <c>none</c> where there is no lawful one.</param>
/// <param name="Batches">Batches by state.</param>
/// <param name="Deliveries">Delivery records by state.</param>
/// <param name="Violations">The first ones, up to the limit.</param>
/// <param name="ViolationCount">All of them.</param>
internal sealed record AuditReport(
    IReadOnlyDictionary<string, long> Webhooks,
    IReadOnlyDictionary<string, long> Messages,
    IReadOnlyDictionary<string, long> Batches,
    IReadOnlyDictionary<string, long> Deliveries,
    IReadOnlyList<AuditViolation> Violations,
    long ViolationCount,
    TimeSpan Took)
{
    public bool IsClean => ViolationCount == 0;
}

/// <summary>Something that must never be.</summary>
/// <param name="Kind">A stable word for what is wrong, for example <c>message_batch_missing</c>.</param>
/// <param name="Ids">Whom it concerns: messages as <c>msg_…</c>, batches by their name.</param>
/// <param name="Text">What is wrong, in a sentence.</param>
internal sealed record AuditViolation(string Kind, IReadOnlyList<string> Ids, string Text);
