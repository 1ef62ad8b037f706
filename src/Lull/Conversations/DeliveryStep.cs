using Lull.Delivering;

namespace Lull.Conversations;

/// <summary>The last look and the send: the intent is stored first, because a send cannot be repeated safely.</summary>
internal sealed partial class DeliveryStep(
    IMessageStore store, BurstWindows windows, IReplySender sender, StoreSteps steps, SendRetry retry, FaultDesk faults, ConversationOptions options,
    ConversationMetrics metrics, TimeProvider time, ILogger<DeliveryStep> logger)
{
    /// <summary>How long after a send without an answer the vendor is first asked.</summary>
    public static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(15);

    // The fence leaves a lease of 15 s from when it ran, which is after it was asked for. A send may take 10 s, and 2 s are for what stands between a check and the socket.
    private static readonly TimeSpan BeginWithin = TimeSpan.FromSeconds(3);

    public async Task DeliverAsync(Batch batch, Reply reply)
    {
        var askedAt = 0L;
        var window = await windows.CurrentAsync(CancellationToken.None);

        // Nothing made up ever reaches a customer.
        var record = options.RecordOnly || reply.IsRehearsal;
        var fence = await steps.UntilStoredAsync(() =>
        {
            askedAt = time.GetTimestamp();
            return store.FenceAsync(batch.Ticket, window, record, CancellationToken.None);
        });
        switch (fence)
        {
            case FenceResult.Send when store.IsShared && time.GetElapsedTime(askedAt) >= BeginWithin:
                await TooLateAsync(batch);
                break;
            case FenceResult.Send { Intent: var intent }:
                await SendAsync(batch, reply, intent, store.IsShared ? askedAt + (long)(BeginWithin.TotalSeconds * time.TimestampFrequency) : null);
                break;
            case FenceResult.Recorded:
                metrics.Delivered("recorded");
                Log.Delivered(logger, batch.Conversation, batch.Name, batch.Messages.Count, "recorded");
                break;
            case FenceResult.Newer:
                metrics.Cancelled("newer");
                metrics.Wasted(reply.Tokens);
                Log.NotSent(logger, batch.Conversation, batch.Name, "a newer message joins it");
                break;
            case FenceResult.Suppressed { Reason: var reason }:
                metrics.Ended(BatchState.Suppressed);
                Log.NotSent(logger, batch.Conversation, batch.Name, reason);
                break;
            case FenceResult.Paused:
                Log.NotSent(logger, batch.Conversation, batch.Name, "sending is stopped for its location");
                break;
            case FenceResult.Lost:
                steps.LostTo(batch);
                break;
        }
    }

    /// <summary>Others may take over before a send that begins now has ended: nothing was sent, and it goes through the fence again.</summary>
    private async Task TooLateAsync(Batch batch)
    {
        const string Reason = "the store took so long that the lease would not have outlasted the send";
        Log.NotSent(logger, batch.Conversation, batch.Name, Reason);
        await steps.UntilTakenAsync(batch, () => store.NotSentAsync(batch.Ticket, Reason, store.Now, batch.RetryUntil, CancellationToken.None));
    }

    private async Task SendAsync(Batch batch, Reply reply, SendIntent intent, long? beginBy)
    {
        // Once the intent is stored only its own timeout ends a send; a newer message or a shutdown does not.
        var outcome = await sender.SendAsync(new(batch.Conversation, batch.Lane, reply.Text) { BeginBy = beginBy }, CancellationToken.None);
        switch (outcome)
        {
            case DeliveryOutcome.Delivered { ExternalId: var id }:
                await DeliveredAsync(batch, id);
                break;
            case DeliveryOutcome.NotSent notSent:
                await retry.LaterAsync(batch, notSent.Reason, store.Now, notSent.After);
                break;
            case DeliveryOutcome.SetupFault { Reason: var reason }:
                await retry.FaultyAsync(batch, reason);
                break;
            case DeliveryOutcome.Refused { Reason: var reason }:
                await EndAsync(batch, BatchState.Suppressed, reason);
                break;
            case DeliveryOutcome.Rejected { Reason: var reason }:
                await EndAsync(batch, BatchState.DeadLettered, reason);
                break;
            case DeliveryOutcome.Unknown { Reason: var reason }:
                var endedAt = store.Now;
                Log.Unknown(logger, batch.Conversation, batch.Name, reason);
                await steps.UntilTakenAsync(batch, () => store.UnknownAsync(
                    batch.Ticket, intent with { EndedAt = endedAt }, reason, endedAt + LookAfter, CancellationToken.None));
                break;
        }
    }

    private async Task DeliveredAsync(Batch batch, string? externalId)
    {
        if (!await steps.UntilStoredAsync(() => store.DeliveredAsync(batch.Ticket, externalId, CancellationToken.None)))
        {
            // Either the vendor named an id it had named before, and it was sent all the same; or another node counts as having sent it.
            if (!await steps.UntilTakenAsync(batch, () => store.DeliveredAsync(batch.Ticket, null, CancellationToken.None)))
            {
                return;
            }
        }

        metrics.Delivered("sent");
        Log.Delivered(logger, batch.Conversation, batch.Name, batch.Messages.Count, "sent");
        await faults.WorksAsync(Faulted.Delivery(batch.Conversation.Location));
    }

    private async Task EndAsync(Batch batch, BatchState state, string reason)
    {
        if (await steps.UntilTakenAsync(batch, () => store.EndAsync(batch.Ticket, state, reason, CancellationToken.None)))
        {
            metrics.Ended(state);
            Log.Ended(logger, batch.Conversation, batch.Name, state, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(11, LogLevel.Information, "{Conversation}: {Batch} answered {Count} messages with one reply ({How})")]
        public static partial void Delivered(ILogger logger, ConversationId conversation, string batch, int count, string how);

        [LoggerMessage(12, LogLevel.Information, "{Conversation}: {Batch} was not sent: {Reason}")]
        public static partial void NotSent(ILogger logger, ConversationId conversation, string batch, string reason);

        [LoggerMessage(13, LogLevel.Warning, "{Conversation}: {Batch}: it is not known whether the send arrived ({Reason}); GHL is asked before anything is sent again")]
        public static partial void Unknown(ILogger logger, ConversationId conversation, string batch, string reason);

        [LoggerMessage(14, LogLevel.Warning, "{Conversation}: {Batch} ended as {State}: {Reason}")]
        public static partial void Ended(ILogger logger, ConversationId conversation, string batch, BatchState state, string reason);
    }
}
