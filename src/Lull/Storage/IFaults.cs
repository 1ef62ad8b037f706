namespace Lull.Storage;

/// <summary>
/// Faults that stop a whole target until somebody mends them: <c>model</c>, or <c>ghl:{location}</c>. Kept through restarts, so that the health page
/// and the once-a-minute probe go on where they were.
/// </summary>
internal interface IFaults
{
    Task<IReadOnlyList<Fault>> FaultsAsync(CancellationToken cancellationToken);

    /// <summary>Records or refreshes the fault of a target; keeps the first <c>Since</c>.</summary>
    Task SetFaultAsync(string target, string reason, DateTimeOffset? until, CancellationToken cancellationToken);

    /// <summary>The target works again: released batches that waited for it are due.</summary>
    Task ClearFaultAsync(string target, CancellationToken cancellationToken);
}

/// <param name="Until">Not probed before then (a spent daily budget); null = probed once a minute.</param>
internal sealed record Fault(string Target, string Reason, DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>The targets of faults.</summary>
internal static class Faulted
{
    /// <summary>The language model.</summary>
    public const string Model = "model";

    /// <summary>Delivery for one location.</summary>
    public static string Delivery(string location) => "ghl:" + location;
}

/// <summary>What the operator is told.</summary>
internal interface IAttention
{
    /// <summary>Notes that the operator should know. The same cause within 15 minutes is counted, not told again.</summary>
    Task RaiseAsync(string cause, string text, CancellationToken cancellationToken);

    /// <summary>What was raised and not cleared, newest first.</summary>
    Task<IReadOnlyList<AttentionItem>> AttentionAsync(CancellationToken cancellationToken);

    /// <returns>False when there is no such item.</returns>
    Task<bool> ClearAttentionAsync(long id, CancellationToken cancellationToken);

    /// <summary>What was raised and not yet told to <c>ALERT_URL</c>, oldest first.</summary>
    Task<IReadOnlyList<AttentionItem>> UntoldAsync(int limit, CancellationToken cancellationToken);

    Task ToldAsync(long id, CancellationToken cancellationToken);
}

/// <param name="Cause">Stable key, for example <c>fault:model</c> or <c>dead-letter:default</c>.</param>
/// <param name="Count">How often it happened since <paramref name="FirstAt"/>.</param>
internal sealed record AttentionItem(long Id, string Cause, string Text, DateTimeOffset FirstAt, DateTimeOffset LastAt, long Count);
