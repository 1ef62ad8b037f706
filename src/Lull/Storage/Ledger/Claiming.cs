namespace Lull.Storage.Ledger;

/// <summary>The claim: gives a conversation's next step to one caller, if it is due.</summary>
internal static class Claiming
{
    private static readonly TimeSpan PauseLook = TimeSpan.FromSeconds(1);

    public static ClaimResult Claim(ILedgerRows rows, OpenConversation? conversation, BurstWindow window, TimeSpan staleAfter)
    {
        if (conversation?.Next(window) is not { } next)
        {
            return new ClaimResult.Nothing();
        }

        var now = rows.Now;
        if (next.DueAt > now)
        {
            return new ClaimResult.NotDue(next.DueAt);
        }

        if (rows.IsPaused(conversation.Id.Location))
        {
            return new ClaimResult.NotDue(now + PauseLook);
        }

        if (conversation.Batch is { LeaseEndedAt: not null } && TakeOver(rows, conversation, window) is { } instead)
        {
            return instead;
        }

        var staleFrom = conversation.Batch switch
        {
            null => BeginBatch(rows, conversation, window),
            { State: BatchState.Released } => Adopt(rows, conversation, window),
            var batch => TakeUp(batch),
        };
        ForgetForce(rows, conversation);
        return Decide(rows, conversation, now - staleFrom > staleAfter);
    }

    /// <summary>The batch of a node that let its lease run out: what its last attempt left decides whether there is anything to claim.</summary>
    private static ClaimResult? TakeOver(ILedgerRows rows, OpenConversation conversation, BurstWindow window)
    {
        var batch = conversation.Batch!;
        LostAttempts.Recover(rows, conversation, LostAttempts.LeaseRanOut);
        if (conversation.Batch is null)
        {
            return new ClaimResult.Ended(batch.Name, batch.State, batch.Reason ?? "");
        }

        return conversation.Next(window) is { } next && next.DueAt > rows.Now ? new ClaimResult.NotDue(next.DueAt) : null;
    }

    private static DateTimeOffset BeginBatch(ILedgerRows rows, OpenConversation conversation, BurstWindow window)
    {
        var burst = conversation.DueBurst(window);
        var name = BatchNames.Free(conversation.Id, burst.FirstAt, burst.Messages[0].Id, rows.IsNameTaken);
        var batch = new OpenBatch
        {
            Id = rows.Insert(name, conversation.Id, burst),
            Name = name,
            Conversation = conversation.Id,
            Lane = burst.Lane,
            State = BatchState.Claimed,
            Attempt = 1,
            FirstAt = burst.FirstAt,
            LastAt = burst.LastAt,
            DueAt = burst.StaleFrom,
            RetryAt = burst.DueAt,
            MessageIds = burst.Messages.Select(message => message.Id).ToList(),
            IsRunning = true,
            IsForceUsed = true,
        };
        rows.AssignMessages(batch);
        conversation.Messages.RemoveAll(message => message.Lane == burst.Lane);
        rows.Begin(conversation, batch);
        return burst.StaleFrom;
    }

    private static DateTimeOffset Adopt(ILedgerRows rows, OpenConversation conversation, BurstWindow window)
    {
        var batch = conversation.Batch!;
        var joined = conversation.Messages.Where(message => message.Lane == batch.Lane).ToList();
        if (joined.Count > 0)
        {
            // What joined makes the burst young again: it is due when all of it is.
            batch.DueAt = conversation.ReleasedDueAt(window) is var due && due > joined[^1].ReceivedAt ? due : joined[^1].ReceivedAt;
            batch.MessageIds = [.. batch.MessageIds, .. joined.Select(message => message.Id)];
            batch.LastAt = joined[^1].ReceivedAt > batch.LastAt ? joined[^1].ReceivedAt : batch.LastAt;

            batch.FirstAt = OpenConversation.FirstAtWith(batch, joined);
            rows.AssignMessages(batch);
            conversation.Messages.RemoveAll(message => message.Lane == batch.Lane);
        }

        batch.State = BatchState.Claimed;
        return TakeUp(batch);
    }

    private static DateTimeOffset TakeUp(OpenBatch batch)
    {
        batch.Attempt++;
        batch.IsRunning = true;
        batch.IsJustWritten = false;
        batch.IsForceUsed = true;
        batch.Fault = null;
        batch.Reason = null;
        return batch.DueAt;
    }

    private static ClaimResult Decide(ILedgerRows rows, OpenConversation conversation, bool isStale)
    {
        var batch = conversation.Batch!;
        rows.Step(batch, batch.State is BatchState.Claimed ? "claimed" : "taken_up");

        // An unknown send is always looked for first: whether it went out decides everything else.
        if (batch.State is not BatchState.Unknown)
        {
            if (rows.Silence(batch.Conversation) is { } silence)
            {
                return Ended(rows, conversation, BatchState.Suppressed, silence);
            }

            if (isStale)
            {
                return Ended(rows, conversation, BatchState.Held, "stale");
            }
        }

        rows.Save(batch);
        return new ClaimResult.Claimed(rows.Describe(batch));
    }

    private static ClaimResult.Ended Ended(ILedgerRows rows, OpenConversation conversation, BatchState state, string reason)
    {
        var name = conversation.Batch!.Name;
        rows.MergeProfiles(conversation.Batch);
        BatchSteps.End(rows, conversation, state, reason);
        return new(name, state, reason);
    }

    private static void ForgetForce(ILedgerRows rows, OpenConversation conversation)
    {
        if (conversation.ForcedUpTo > 0 && !conversation.Messages.Exists(message => message.Id <= conversation.ForcedUpTo))
        {
            conversation.ForcedUpTo = 0;
            rows.ForgetForce(conversation);
        }
    }
}
