namespace Lull.Storage.Ledger;

/// <summary>Attempts that ended without an outcome: a crash, a lease that ran out, a bug.</summary>
internal static class LostAttempts
{
    /// <summary>So many dead-letter the batch.</summary>
    public const int Max = 5;

    /// <summary>Why a batch is taken up where nodes share the store.</summary>
    public const string LeaseRanOut = "the node that held it let its lease run out";

    /// <summary>
    /// Takes up what an attempt left behind: a reply that was being written is written again; a send that was under way is looked for in the vendor's record;
    /// what was written goes out as it is. The fifth attempt without an outcome dead-letters the batch.
    /// </summary>
    public static void Recover(ILedgerRows rows, OpenConversation conversation, string why)
    {
        var batch = conversation.Batch!;
        var (wasRunning, wasLeased) = (batch.IsRunning, batch.LeaseEndedAt is not null);
        batch.IsRunning = false;
        batch.IsForceUsed = false;
        batch.LeaseEndedAt = null;
        switch (batch.State)
        {
            case BatchState.Claimed or BatchState.Replying when ++batch.Lost >= Max:
                BatchSteps.End(rows, conversation, BatchState.DeadLettered, $"{batch.Lost} attempts ended without an outcome, the last: {why}");
                return;
            case BatchState.Claimed or BatchState.Replying:
                batch.State = BatchState.Released;
                batch.RetryAt = rows.Now;
                break;
            case BatchState.Sending:
                batch.State = BatchState.Unknown;
                batch.RetryAt = rows.Now;
                if (wasLeased && rows.Intent(batch) is { } intent)
                {
                    // Its node may be frozen and not dead: nobody knows when the send ended, but it was not after now.
                    rows.Unknown(batch, intent with { EndedAt = rows.Now });
                }

                break;
            default:
                if (wasRunning)
                {
                    rows.Save(batch);
                }

                return;
        }

        rows.Save(batch);
        rows.Step(batch, "recovered", why);
    }

    /// <summary>A send that ended unforeseen: from the intent on nobody knows whether it went out, so the vendor is asked, and in the end the operator.</summary>
    public static void LoseSend(ILedgerRows rows, OpenConversation conversation, Release.Lost lost)
    {
        var batch = conversation.Batch!;
        if (++batch.Lost >= Max)
        {
            BatchSteps.End(rows, conversation, BatchState.Held, "delivery_unknown");
            return;
        }

        if (batch.State is BatchState.Sending && rows.Intent(batch) is { } intent)
        {
            rows.Unknown(batch, intent with { EndedAt = rows.Now });
        }

        batch.State = BatchState.Unknown;
        batch.IsRunning = false;
        batch.RetryAt = lost.At;
        batch.Reason = lost.Reason;
        rows.Save(batch);
        rows.Step(batch, "unknown", lost.Reason);
    }
}
