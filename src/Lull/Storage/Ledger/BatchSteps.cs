namespace Lull.Storage.Ledger;

/// <summary>The steps after a claim: each changes a batch only for the holder of its current ticket. The conversation is the ticket's, or null when it has none in hand.</summary>
internal static class BatchSteps
{
    /// <summary>So often a newer message may stop a reply.</summary>
    public const int MaxRestarts = 2;

    public static bool BeginReply(ILedgerRows rows, OpenConversation? conversation, BatchTicket ticket)
    {
        if (!IsHeld(conversation, ticket, [BatchState.Claimed], out var batch))
        {
            return false;
        }

        batch.State = BatchState.Replying;
        Save(rows, batch, "replying");
        return true;
    }

    public static bool SaveReply(ILedgerRows rows, OpenConversation? conversation, BatchTicket ticket, Reply reply)
    {
        if (!IsHeld(conversation, ticket, [BatchState.Claimed, BatchState.Replying], out var batch))
        {
            return false;
        }

        batch.State = BatchState.Replied;
        batch.IsJustWritten = true;
        batch.Failures = 0;
        batch.RetryUntil = null;
        batch.RetryAt = rows.Now;
        rows.SaveReply(batch, reply);
        Save(rows, batch, "replied");
        return true;
    }

    public static bool ReleaseBatch(ILedgerRows rows, OpenConversation? conversation, BatchTicket ticket, Release release)
    {
        if (release is Release.Lost unforeseen && IsHeld(conversation, ticket, [BatchState.Sending, BatchState.Unknown], out _))
        {
            LostAttempts.LoseSend(rows, conversation!, unforeseen);
            return true;
        }

        if (!IsHeld(conversation, ticket, [BatchState.Claimed, BatchState.Replying, BatchState.Replied], out var batch))
        {
            return false;
        }

        if (release is Release.Lost lost && ++batch.Lost >= LostAttempts.Max)
        {
            End(rows, conversation!, BatchState.DeadLettered, $"{batch.Lost} attempts ended without an outcome, the last: {lost.Reason}");
            return true;
        }

        GiveBack(rows, batch, release);
        return true;
    }

    public static FenceResult Fence(ILedgerRows rows, OpenConversation? conversation, BatchTicket ticket, BurstWindow window, bool record)
        => IsHeld(conversation, ticket, [BatchState.Replied], out var batch) && batch.LeaseEndedAt is null
            ? LastLook.Decide(rows, conversation!, batch, window, record)
            : new FenceResult.Lost();

    public static bool Delivered(ILedgerRows rows, OpenConversation? conversation, BatchTicket ticket, string? externalId)
    {
        if (!IsHeld(conversation, ticket, [BatchState.Sending, BatchState.Unknown], out var batch)
            || (externalId is not null && rows.IsRecordedElsewhere(batch, externalId)))
        {
            return false;
        }

        rows.Delivered(batch, externalId);
        End(rows, conversation!, BatchState.Answered, reason: null);
        return true;
    }

    public static bool NotSent(
        ILedgerRows rows, OpenConversation? conversation, BatchTicket ticket, string reason, DateTimeOffset retryAt, DateTimeOffset? retryUntil)
    {
        if (!IsHeld(conversation, ticket, [BatchState.Sending, BatchState.Unknown], out var batch))
        {
            return false;
        }

        batch.State = BatchState.Replied;
        batch.IsRunning = false;
        batch.Failures = retryUntil is null ? 0 : batch.Failures + 1;
        batch.RetryAt = retryAt;
        batch.RetryUntil = retryUntil is null ? null : batch.RetryUntil ?? retryUntil;
        batch.Reason = reason;
        rows.NotSent(batch);
        Save(rows, batch, "not_sent", reason);
        return true;
    }

    public static bool Unknown(ILedgerRows rows, OpenConversation? conversation, BatchTicket ticket, SendIntent intent, string reason, DateTimeOffset lookAt)
    {
        if (!IsHeld(conversation, ticket, [BatchState.Sending, BatchState.Unknown], out var batch))
        {
            return false;
        }

        batch.State = BatchState.Unknown;
        batch.IsRunning = false;
        batch.RetryAt = lookAt;
        batch.Reason = reason;
        rows.Unknown(batch, intent);
        Save(rows, batch, "unknown", reason);
        return true;
    }

    public static bool End(ILedgerRows rows, OpenConversation? conversation, BatchTicket ticket, BatchState state, string reason)
    {
        if (!IsHeld(conversation, ticket, [BatchState.Claimed, BatchState.Replying, BatchState.Replied, BatchState.Sending, BatchState.Unknown], out _))
        {
            return false;
        }

        End(rows, conversation!, state, reason);
        return true;
    }

    /// <summary>The batch is finished; the operator is told of what waits for one.</summary>
    public static void End(ILedgerRows rows, OpenConversation conversation, BatchState state, string? reason)
    {
        var batch = conversation.Batch!;
        if (state is not BatchState.Answered && batch.State is (BatchState.Sending or BatchState.Unknown))
        {
            rows.EndedUnanswered(batch, state);
        }

        batch.State = state;
        batch.Reason = reason;
        batch.IsRunning = false;
        rows.Save(batch, rows.Now);
        rows.Step(batch, StepNames.Of(state), reason);
        rows.End(conversation);
        if (state is BatchState.Held or BatchState.DeadLettered)
        {
            var list = state is BatchState.Held ? "held" : "dead-letters";
            rows.Raise($"{list}:{batch.Conversation.Location}:{reason}", $"A burst was not answered ({reason}). GET /{list} shows it and what can be done.");
        }
    }

    /// <summary>Something newer was said, and the batch still yields to it: not after two restarts, not after the max wait.</summary>
    public static bool HasNewer(OpenConversation conversation, OpenBatch batch, BurstWindow window, DateTimeOffset now)
        => batch.Restarts < MaxRestarts && now < window.CapAt(batch.FirstAt) && conversation.Messages.Exists(message => message.Lane == batch.Lane);

    public static void GiveBack(ILedgerRows rows, OpenBatch batch, Release release)
    {
        // Joining while only a retry was awaited costs no restart: no reply was cut off.
        var wasWaiting = batch is { State: BatchState.Replied, Failures: > 0 };
        batch.State = BatchState.Released;
        batch.IsRunning = false;
        batch.RetryAt = rows.Now;
        var detail = Apply(batch, release, wasWaiting);
        batch.Reason = detail;
        Save(rows, batch, "released", detail);
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

    private static void Save(ILedgerRows rows, OpenBatch batch, string step, string? detail = null)
    {
        rows.Save(batch);
        rows.Step(batch, step, detail);
    }

    private static bool IsHeld(
        OpenConversation? conversation, BatchTicket ticket, ReadOnlySpan<BatchState> from, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OpenBatch? batch)
    {
        batch = conversation?.Batch;
        return batch is { IsRunning: true } && batch.Ticket == ticket && from.Contains(batch.State);
    }
}
