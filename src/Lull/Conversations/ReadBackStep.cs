using Lull.Delivering;

namespace Lull.Conversations;

/// <summary>Looks for a send that may have arrived: found counts as sent, twice not there is sent again, unreadable for long is held.</summary>
internal sealed partial class ReadBackStep(
    IMessageStore store, IReplySender sender, StoreSteps steps, SendRetry retry, ConversationMetrics metrics, TimeProvider time, ILogger<ReadBackStep> logger)
{
    private const int ReadsBeforeSendingAgain = 2;

    private static readonly TimeSpan BetweenReads = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(2);

    public async Task LookAsync(Batch batch)
    {
        var now = store.Now;
        var intent = batch.Intent!;
        if (intent.EndedAt is not { } endedAt)
        {
            // The process that sent has died: its send ended at the latest when this one took over.
            await UnknownAsync(batch, intent with { EndedAt = now }, "the process ended during the send", now + DeliveryStep.LookAfter);
            return;
        }

        if (now < endedAt + DeliveryStep.LookAfter)
        {
            await UnknownAsync(batch, intent, "not yet to be seen", endedAt + DeliveryStep.LookAfter);
            return;
        }

        var outbound = new OutboundReply(batch.Conversation, batch.Lane, batch.Reply!.Text);
        switch (await sender.ReadBackAsync(outbound, Since(intent, now), CancellationToken.None))
        {
            case ReadBackOutcome.Read { Candidates: var candidates }:
                await ReadAsync(batch, intent, endedAt, candidates);
                break;
            case ReadBackOutcome.Unreadable { Reason: var reason }:
                await UnreadableAsync(batch, intent, reason);
                break;
        }
    }

    /// <summary>The intent by the vendor's clock: the store's runs ahead of it for as long as the machine's clock was once set too far.</summary>
    private DateTimeOffset Since(SendIntent intent, DateTimeOffset now)
    {
        var byWallClock = time.GetUtcNow() - (now - intent.At);
        return (byWallClock < intent.At ? byWallClock : intent.At) - ClockDifference;
    }

    private async Task ReadAsync(Batch batch, SendIntent intent, DateTimeOffset endedAt, IReadOnlyList<string> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (await steps.UntilStoredAsync(() => store.DeliveredAsync(batch.Ticket, candidate, CancellationToken.None)))
            {
                metrics.Delivered("found");
                Log.Found(logger, batch.Conversation, batch.Name);
                return;
            }
        }

        var notThere = intent.NotThere + 1;
        if (notThere < ReadsBeforeSendingAgain)
        {
            await UnknownAsync(batch, intent with { NotThere = notThere, UnreadableSince = null }, "not there yet", store.Now + BetweenReads);
            return;
        }

        Log.SendAgain(logger, batch.Conversation, batch.Name, notThere);
        await retry.LaterAsync(batch, "GHL has no such message: it did not arrive", endedAt);
    }

    private async Task UnreadableAsync(Batch batch, SendIntent intent, string reason)
    {
        var now = store.Now;
        var since = intent.UnreadableSince ?? now;
        if (now - since >= GiveUpAfter)
        {
            if (await steps.UntilTakenAsync(batch, () => store.EndAsync(batch.Ticket, BatchState.Held, "delivery_unknown", CancellationToken.None)))
            {
                metrics.Ended(BatchState.Held);
                Log.Held(logger, batch.Conversation, batch.Name, reason);
            }

            return;
        }

        var wait = TimeSpan.FromSeconds(Math.Clamp((now - since).TotalSeconds, BetweenReads.TotalSeconds, 60));
        await UnknownAsync(batch, intent with { UnreadableSince = since }, reason, now + wait);
    }

    private Task<bool> UnknownAsync(Batch batch, SendIntent intent, string reason, DateTimeOffset lookAt)
        => steps.UntilStoredAsync(() => store.UnknownAsync(batch.Ticket, intent, reason, lookAt, CancellationToken.None));

    private static partial class Log
    {
        [LoggerMessage(15, LogLevel.Information, "{Conversation}: {Batch} was found in GHL: it had arrived")]
        public static partial void Found(ILogger logger, ConversationId conversation, string batch);

        [LoggerMessage(16, LogLevel.Warning, "{Conversation}: {Batch} was not there in {Reads} reads and is sent again")]
        public static partial void SendAgain(ILogger logger, ConversationId conversation, string batch, int reads);

        [LoggerMessage(17, LogLevel.Warning, "{Conversation}: {Batch} is held: whether it arrived cannot be found out ({Reason})")]
        public static partial void Held(ILogger logger, ConversationId conversation, string batch, string reason);
    }
}
