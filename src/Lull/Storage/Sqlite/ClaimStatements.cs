using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>The claim: gives a conversation's next step to one caller, if it is due.</summary>
internal static class ClaimStatements
{
    /// <summary>Attempts that end without an outcome before the batch is dead-lettered.</summary>
    public const int MaxLost = 5;

    private static readonly TimeSpan PauseLook = TimeSpan.FromSeconds(1);

    public static ClaimResult Claim(WriteContext context, ConversationId id, BurstWindow window, TimeSpan staleAfter)
    {
        if (context.Open.Find(id) is not { } conversation || conversation.Next(window) is not { } next)
        {
            return new ClaimResult.Nothing();
        }

        var now = context.Now;
        if (next.DueAt > now)
        {
            return new ClaimResult.NotDue(next.DueAt);
        }

        if (context.Mirror.IsPaused(id.Location))
        {
            return new ClaimResult.NotDue(now + PauseLook);
        }

        var staleFrom = conversation.Batch switch
        {
            null => BeginBatch(context, conversation, window),
            { State: BatchState.Released } => Adopt(context, conversation, window),
            var batch => TakeUp(batch),
        };
        ForgetForce(context, conversation);
        return Decide(context, conversation, now - staleFrom > staleAfter);
    }

    private static DateTimeOffset BeginBatch(WriteContext context, OpenConversation conversation, BurstWindow window)
    {
        var burst = conversation.DueBurst(window);
        var name = BatchNames.Free(conversation.Id, burst.FirstAt, burst.Messages[0].Id, name => BatchRows.IsNameTaken(context.Sql, name));
        var batch = new OpenBatch
        {
            Id = BatchRows.Insert(context, name, conversation.Id, burst),
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
        BatchRows.AssignMessages(context, batch.Id, batch.MessageIds);
        conversation.Messages.RemoveAll(message => message.Lane == burst.Lane);
        context.Open.Begin(conversation, batch);
        return burst.StaleFrom;
    }

    private static DateTimeOffset Adopt(WriteContext context, OpenConversation conversation, BurstWindow window)
    {
        var batch = conversation.Batch!;
        var joined = conversation.Messages.Where(message => message.Lane == batch.Lane).ToList();
        if (joined.Count > 0)
        {
            // What joined makes the burst young again: it is due when all of it is.
            batch.DueAt = conversation.ReleasedDueAt(window) is var due && due > joined[^1].ReceivedAt ? due : joined[^1].ReceivedAt;
            batch.MessageIds = [.. batch.MessageIds, .. joined.Select(message => message.Id)];
            batch.LastAt = joined[^1].ReceivedAt > batch.LastAt ? joined[^1].ReceivedAt : batch.LastAt;
            BatchRows.AssignMessages(context, batch.Id, batch.MessageIds);
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

    private static ClaimResult Decide(WriteContext context, OpenConversation conversation, bool isStale)
    {
        var batch = conversation.Batch!;
        context.Step(batch, batch.State is BatchState.Claimed ? "claimed" : "taken_up");

        // An unknown send is always looked for first: whether it went out decides everything else.
        if (batch.State is not BatchState.Unknown)
        {
            if (SilenceStatements.Reason(context, batch.Conversation) is { } silence)
            {
                return Ended(context, conversation, BatchState.Suppressed, silence);
            }

            if (isStale)
            {
                return Ended(context, conversation, BatchState.Held, "stale");
            }
        }

        BatchRows.Save(context, batch);
        return new ClaimResult.Claimed(Describe(context, batch));
    }

    private static ClaimResult.Ended Ended(WriteContext context, OpenConversation conversation, BatchState state, string reason)
    {
        var name = conversation.Batch!.Name;
        BatchRows.MergeProfiles(context, conversation.Batch);
        StepStatements.End(context, conversation, state, reason);
        return new(name, state, reason);
    }

    private static Batch Describe(WriteContext context, OpenBatch batch) => new()
    {
        Ticket = batch.Ticket,
        Name = batch.Name,
        Conversation = batch.Conversation,
        Lane = batch.Lane,
        State = batch.State,
        FirstAt = batch.FirstAt,
        LastAt = batch.LastAt,
        DueAt = batch.DueAt,
        Messages = BatchRows.Messages(context.Sql, batch.MessageIds),
        Profile = BatchRows.MergeProfiles(context, batch),
        Restarts = batch.Restarts,
        Failures = batch.Failures,
        RetryUntil = batch.RetryUntil,
        Reply = BatchRows.Reply(context.Sql, batch.Id),
        Intent = BatchRows.Intent(context.Sql, batch.Id),
    };

    private static void ForgetForce(WriteContext context, OpenConversation conversation)
    {
        if (conversation.ForcedUpTo > 0 && !conversation.Messages.Exists(message => message.Id <= conversation.ForcedUpTo))
        {
            conversation.ForcedUpTo = 0;
            context.Sql.Execute("DELETE FROM forces WHERE location = $1 AND contact = $2", conversation.Id.Location, conversation.Id.Contact);
        }
    }
}
