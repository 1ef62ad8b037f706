namespace Lull.Storage.Ledger;

/// <summary>One batch of a conversation: what the contact said, and what we answered.</summary>
internal sealed record SaidBatch(long Id, string Name, BatchState State, string? Reason, string? Reply, DateTimeOffset? EndedAt, IReadOnlyList<long> MessageIds)
{
    /// <summary>So many batches of a conversation are read at once, newest first.</summary>
    public const int Page = 20;

    /// <param name="messages">Its messages in the order they were said.</param>
    public List<ConversationEntry> Entries(IEnumerable<BurstMessage> messages)
    {
        var fate = StepNames.FateOf(State);
        List<ConversationEntry> entries =
        [
            .. messages.Select(message => new ConversationEntry(true, message.Id.ToString(), message.Text, message.SaidAt ?? message.ReceivedAt, fate, Reason, Name)),
        ];
        if (this is { State: BatchState.Answered, Reply: { } reply, EndedAt: { } at })
        {
            entries.Add(new(false, Name, reply, at, "delivered", null, Name));
        }

        return entries;
    }

    /// <summary>A message that no batch has claimed.</summary>
    public static ConversationEntry Open(BurstMessage message, OpenStanding standing)
        => new(true, message.Id.ToString(), message.Text, message.SaidAt ?? message.ReceivedAt, standing.State, standing.Reason, null);
}
