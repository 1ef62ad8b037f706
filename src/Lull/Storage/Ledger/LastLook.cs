namespace Lull.Storage.Ledger;

/// <summary>The fence: the last look before a send, and the intent to send.</summary>
internal static class LastLook
{
    /// <summary>The batch must be the caller's, and its reply written.</summary>
    public static FenceResult Decide(ILedgerRows rows, OpenConversation conversation, OpenBatch batch, BurstWindow window, bool record)
    {
        if (rows.Silence(batch.Conversation) is { } silence)
        {
            BatchSteps.End(rows, conversation, BatchState.Suppressed, silence);
            return new FenceResult.Suppressed(silence);
        }

        if (rows.IsPaused(batch.Conversation.Location))
        {
            return Wait(rows, batch, rows.Now);
        }

        if (BatchSteps.HasNewer(conversation, batch, window, rows.Now))
        {
            BatchSteps.GiveBack(rows, batch, new Release.Newer());
            return new FenceResult.Newer(conversation.ReleasedDueAt(window));
        }

        // Where delivery is known to be at fault only the probe goes, and that is given its place by the due order.
        if (!record && batch.IsJustWritten && rows.IsFaulted(Faulted.Delivery(batch.Conversation.Location)))
        {
            return Wait(rows, batch, batch.DueAt);
        }

        if (record)
        {
            rows.Recorded(batch);
            BatchSteps.End(rows, conversation, BatchState.Answered, reason: null);
            return new FenceResult.Recorded();
        }

        batch.State = BatchState.Sending;
        var intent = rows.Intend(batch);
        rows.Save(batch);
        rows.Step(batch, "sending");
        return new FenceResult.Send(intent);
    }

    private static FenceResult.Paused Wait(ILedgerRows rows, OpenBatch batch, DateTimeOffset until)
    {
        batch.IsRunning = false;
        batch.RetryAt = until;
        rows.Save(batch);
        return new();
    }
}
