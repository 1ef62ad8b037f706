using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>The steps after a claim: each changes a batch only for the holder of its current ticket.</summary>
internal static class StepStatements
{
    private const int MaxRestarts = 2;

    public static bool BeginReply(WriteContext context, BatchTicket ticket)
        => Step(context, ticket, [BatchState.Claimed], (conversation, batch) =>
        {
            batch.State = BatchState.Replying;
            Save(context, batch, "replying");
        });

    public static bool SaveReply(WriteContext context, BatchTicket ticket, Reply reply)
        => Step(context, ticket, [BatchState.Claimed, BatchState.Replying], (conversation, batch) =>
        {
            batch.State = BatchState.Replied;
            batch.IsJustWritten = true;
            batch.Failures = 0;
            batch.RetryUntil = null;
            batch.RetryAt = context.Now;
            context.Sql.Execute(
                "UPDATE batches SET reply = $2, model = $3, rehearsal = $4, tokens_in = $5, tokens_out = $6 WHERE id = $1",
                batch.Id,
                reply.Text,
                reply.Model,
                reply.IsRehearsal ? 1L : 0L,
                reply.Tokens.Input,
                reply.Tokens.Output);
            Save(context, batch, "replied");
        });

    public static bool ReleaseBatch(WriteContext context, BatchTicket ticket, Release release)
        => release is Release.Lost unforeseen && LostSend(context, ticket, unforeseen)
        || Step(context, ticket, [BatchState.Claimed, BatchState.Replying, BatchState.Replied], (conversation, batch) =>
        {
            if (release is Release.Lost lost && ++batch.Lost >= ClaimStatements.MaxLost)
            {
                End(context, conversation, BatchState.DeadLettered, $"{batch.Lost} attempts ended without an outcome, the last: {lost.Reason}");
                return;
            }

            GiveBack(context, batch, release);
        });

    public static FenceResult Fence(WriteContext context, BatchTicket ticket, BurstWindow window, bool record)
    {
        FenceResult result = new FenceResult.Lost();
        Step(context, ticket, [BatchState.Replied], (conversation, batch) => result = Look(context, conversation, batch, window, record));
        return result;
    }

    public static bool Delivered(WriteContext context, BatchTicket ticket, string? externalId)
    {
        if (externalId is not null && context.Open.TryFind(ticket, out var open) && DeliveryStatements.IsTaken(context.Sql, open.Id.Location, externalId, ticket.Batch))
        {
            return false;
        }

        return Step(context, ticket, [BatchState.Sending, BatchState.Unknown], (conversation, batch) =>
        {
            DeliveryStatements.Delivered(context, batch, externalId);
            End(context, conversation, BatchState.Answered, reason: null);
        });
    }

    public static bool NotSent(WriteContext context, BatchTicket ticket, string reason, DateTimeOffset retryAt, DateTimeOffset? retryUntil)
        => Step(context, ticket, [BatchState.Sending, BatchState.Unknown], (conversation, batch) =>
        {
            batch.State = BatchState.Replied;
            batch.IsRunning = false;
            batch.Failures = retryUntil is null ? 0 : batch.Failures + 1;
            batch.RetryAt = retryAt;
            batch.RetryUntil = retryUntil is null ? null : batch.RetryUntil ?? retryUntil;
            batch.Reason = reason;
            DeliveryStatements.NotSent(context, batch);
            Save(context, batch, "not_sent", reason);
        });

    public static bool Unknown(WriteContext context, BatchTicket ticket, SendIntent intent, string reason, DateTimeOffset lookAt)
        => Step(context, ticket, [BatchState.Sending, BatchState.Unknown], (conversation, batch) =>
        {
            batch.State = BatchState.Unknown;
            batch.IsRunning = false;
            batch.RetryAt = lookAt;
            batch.Reason = reason;
            DeliveryStatements.Unknown(context, batch, intent);
            Save(context, batch, "unknown", reason);
        });

    public static bool End(WriteContext context, BatchTicket ticket, BatchState state, string reason)
        => Step(
            context,
            ticket,
            [BatchState.Claimed, BatchState.Replying, BatchState.Replied, BatchState.Sending, BatchState.Unknown],
            (conversation, batch) => End(context, conversation, state, reason));

    /// <summary>The batch is finished; the operator is told of what waits for one.</summary>
    public static void End(WriteContext context, OpenConversation conversation, BatchState state, string? reason)
    {
        var batch = conversation.Batch!;
        if (state is not BatchState.Answered && batch.State is (BatchState.Sending or BatchState.Unknown))
        {
            DeliveryStatements.Ended(context, batch, state);
        }

        batch.State = state;
        batch.Reason = reason;
        batch.IsRunning = false;
        BatchRows.Save(context, batch, context.Now);
        context.Step(batch, StepNames.Of(state), reason);
        context.Open.End(conversation);
        if (state is BatchState.Held or BatchState.DeadLettered)
        {
            var list = state is BatchState.Held ? "held" : "dead-letters";
            AttentionStatements.Raise(
                context, $"{list}:{batch.Conversation.Location}:{reason}", $"A burst was not answered ({reason}). GET /{list} shows it and what can be done.");
        }
    }

    /// <summary>Something newer was said, and the batch still yields to it: not after two restarts, not after the max wait.</summary>
    public static bool HasNewer(OpenConversation conversation, OpenBatch batch, BurstWindow window, DateTimeOffset now)
        => batch.Restarts < MaxRestarts && now < window.CapAt(batch.FirstAt) && conversation.Messages.Exists(message => message.Lane == batch.Lane);

    /// <summary>From the intent on nobody knows whether it was sent: the vendor is asked, and in the end the operator.</summary>
    private static bool LostSend(WriteContext context, BatchTicket ticket, Release.Lost lost)
        => Step(context, ticket, [BatchState.Sending, BatchState.Unknown], (conversation, batch) =>
        {
            if (++batch.Lost >= ClaimStatements.MaxLost)
            {
                End(context, conversation, BatchState.Held, "delivery_unknown");
                return;
            }

            if (batch.State is BatchState.Sending && BatchRows.Intent(context.Sql, batch.Id) is { } intent)
            {
                DeliveryStatements.Unknown(context, batch, intent with { EndedAt = context.Now });
            }

            batch.State = BatchState.Unknown;
            batch.IsRunning = false;
            batch.RetryAt = lost.At;
            batch.Reason = lost.Reason;
            Save(context, batch, "unknown", lost.Reason);
        });

    private static FenceResult Look(WriteContext context, OpenConversation conversation, OpenBatch batch, BurstWindow window, bool record)
    {
        if (SilenceStatements.Reason(context, batch.Conversation) is { } silence)
        {
            End(context, conversation, BatchState.Suppressed, silence);
            return new FenceResult.Suppressed(silence);
        }

        if (context.Mirror.IsPaused(batch.Conversation.Location))
        {
            batch.IsRunning = false;
            batch.RetryAt = context.Now;
            BatchRows.Save(context, batch);
            return new FenceResult.Paused();
        }

        if (HasNewer(conversation, batch, window, context.Now))
        {
            GiveBack(context, batch, new Release.Newer());
            return new FenceResult.Newer(conversation.ReleasedDueAt(window));
        }

        // Where delivery is known to be at fault only the probe goes, and that is given its place by the due order.
        if (!record && batch.IsJustWritten && context.Mirror.Faults.ContainsKey(Faulted.Delivery(batch.Conversation.Location)))
        {
            batch.IsRunning = false;
            batch.RetryAt = batch.DueAt;
            BatchRows.Save(context, batch);
            return new FenceResult.Paused();
        }

        if (record)
        {
            DeliveryStatements.Recorded(context, batch);
            End(context, conversation, BatchState.Answered, reason: null);
            return new FenceResult.Recorded();
        }

        batch.State = BatchState.Sending;
        var intent = DeliveryStatements.Intend(context, batch);
        Save(context, batch, "sending");
        return new FenceResult.Send(intent);
    }

    private static void GiveBack(WriteContext context, OpenBatch batch, Release release)
    {
        var now = context.Now;

        // Joining while only a retry was awaited costs no restart: no reply was cut off.
        var wasWaiting = batch is { State: BatchState.Replied, Failures: > 0 };
        batch.State = BatchState.Released;
        batch.IsRunning = false;
        batch.RetryAt = now;
        var detail = Apply(batch, release, wasWaiting);
        batch.Reason = detail;
        Save(context, batch, "released", detail);
    }

    private static string Apply(OpenBatch batch, Release release, bool wasWaiting)
    {
        switch (release)
        {
            case Release.Newer:
                batch.Restarts += wasWaiting ? 0 : 1;
                return "a newer message";
            case Release.Retry retry:
                batch.Failures++;
                batch.RetryAt = retry.At;
                batch.RetryUntil ??= retry.Until;
                return retry.Reason;
            case Release.Faulted { ProbeAt: { } probeAt } alone:
                batch.RetryAt = probeAt;
                batch.Fault = alone.Fault;
                return alone.Reason;
            case Release.Faulted faulted:
                batch.Failures = 0;
                batch.RetryUntil = null;
                batch.Fault = faulted.Fault;

                // It keeps its place: what waits for the same target goes on in due order.
                batch.RetryAt = batch.DueAt;
                return faulted.Reason;
            case Release.Lost lost:
                batch.RetryAt = lost.At;
                return lost.Reason;
            default:
                return "shutdown";
        }
    }

    private static void Save(WriteContext context, OpenBatch batch, string step, string? detail = null)
    {
        BatchRows.Save(context, batch);
        context.Step(batch, step, detail);
    }

    private static bool Step(WriteContext context, BatchTicket ticket, ReadOnlySpan<BatchState> from, Action<OpenConversation, OpenBatch> step)
    {
        if (!context.Open.TryFind(ticket, out var conversation) || !conversation.Batch!.IsRunning || !from.Contains(conversation.Batch.State))
        {
            return false;
        }

        step(conversation, conversation.Batch);
        return true;
    }
}
