namespace Lull.Storage.Ledger;

/// <summary>The names of states as operators see them.</summary>
internal static class StepNames
{
    public static string Of(BatchState state) => state switch
    {
        BatchState.DeadLettered => "dead_lettered",
        _ => state.ToString().ToLowerInvariant(),
    };

    /// <summary>The fate of a batch's messages: <c>open</c> until it is finished.</summary>
    public static string FateOf(BatchState state) => state < BatchState.Answered ? "open" : Of(state);

    /// <summary>The queue's word for an unfinished batch.</summary>
    public static string QueueStateOf(BatchState state) => state switch
    {
        BatchState.Released => "waiting",
        BatchState.Claimed or BatchState.Replying => "replying",
        _ => "delivering",
    };

    /// <summary>What would release a held batch.</summary>
    public static string ReleaseOf(BatchState state, string? reason) => state switch
    {
        BatchState.DeadLettered => "POST /dead-letters/{batch_id}/retry",
        _ when reason == "delivery_unknown" => "POST /held/{batch_id}/release after checking in GHL that it did not arrive, or /drop",
        _ => "POST /held/{batch_id}/release or /drop",
    };
}
