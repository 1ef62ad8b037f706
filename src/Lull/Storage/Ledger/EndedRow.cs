namespace Lull.Storage.Ledger;

/// <summary>What is stored of a batch that waits for the operator, or for a fault to be mended.</summary>
internal sealed record EndedRow(
    long Id, string Name, ConversationId Conversation, BatchState State, string? Reason, DateTimeOffset At, List<long> MessageIds, string? Reply)
{
    /// <param name="messages">Its messages in the order they were said.</param>
    public EndedBatch With(IReadOnlyList<BurstMessage> messages) => new(
        Id,
        Name,
        Conversation,
        Reason ?? "",
        State is BatchState.Released
            ? "mending it: Lull looks once a minute and goes on by itself; or POST /held/{batch_id}/release or /drop"
            : StepNames.ReleaseOf(State, Reason),
        At,
        messages,
        Reply);
}
