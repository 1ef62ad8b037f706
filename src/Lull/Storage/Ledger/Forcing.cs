namespace Lull.Storage.Ledger;

/// <summary>A force is a stored mark: it outlives a crash, and runs next when an earlier batch is in flight.</summary>
internal static class Forcing
{
    public static ForcedBurst? Force(ILedgerRows rows, OpenConversation? conversation)
    {
        if (conversation is null)
        {
            return null;
        }

        if (conversation.Batch is { LeaseEndedAt: not null, State: not BatchState.Sending })
        {
            LostAttempts.Recover(rows, conversation, LostAttempts.LeaseRanOut);
        }

        var waiting = conversation.Batch is { IsRunning: false, State: BatchState.Released or BatchState.Replied } batch ? batch : null;
        if (waiting is null && conversation.Messages.Count == 0)
        {
            return null;
        }

        conversation.ForcedUpTo = Math.Max(conversation.Messages.Select(message => message.Id).DefaultIfEmpty().Max(), waiting?.MessageIds.Max() ?? 0);
        rows.SaveForce(conversation);
        if (waiting is { IsForceUsed: true })
        {
            waiting.IsForceUsed = false;
            rows.Save(waiting);
        }

        return Describe(rows, conversation, waiting);
    }

    private static ForcedBurst Describe(ILedgerRows rows, OpenConversation conversation, OpenBatch? waiting)
    {
        if (waiting is not null)
        {
            return new(waiting.Name, waiting.MessageIds.Count + conversation.Messages.Count(message => message.Lane == waiting.Lane));
        }

        var first = conversation.Messages[0];
        return new(
            BatchNames.Free(conversation.Id, first.ReceivedAt, first.Id, rows.IsNameTaken), conversation.Messages.Count(message => message.Lane == first.Lane));
    }
}
