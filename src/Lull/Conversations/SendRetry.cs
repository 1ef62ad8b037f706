namespace Lull.Conversations;

/// <summary>A reply that certainly did not arrive is sent again, later each time; what does not come through for a quarter of an hour is the target's fault.</summary>
internal sealed partial class SendRetry(IMessageStore store, StoreSteps steps, FaultDesk faults, ILogger<SendRetry> logger)
{
    /// <summary>Gives the reply back to wait for its next try.</summary>
    /// <param name="endedAt">When the try ended: the wait counts from there, however long it took to find out what had become of it.</param>
    /// <param name="asked">What the other side asked to wait.</param>
    public async Task LaterAsync(Batch batch, string reason, DateTimeOffset endedAt, TimeSpan? asked = null)
    {
        var now = store.Now;
        var until = batch.RetryUntil ?? endedAt + Backoff.RetryFor;
        var target = Faulted.Delivery(batch.Conversation.Location);
        if (now < until)
        {
            var at = endedAt + Backoff.After(batch.Failures, asked, Random.Shared.NextDouble());
            await NotSentAsync(batch, reason, at > now ? at : now, until);
        }
        else if (faults.WorkedSince(target, now - Backoff.RetryFor))
        {
            await NotSentAsync(batch, reason, now + Backoff.ProbeEvery, until);
        }
        else
        {
            await FaultyAsync(batch, reason);
        }
    }

    /// <summary>No send of the location's will succeed until somebody mends it.</summary>
    public async Task FaultyAsync(Batch batch, string reason)
    {
        await faults.RaiseAsync(Faulted.Delivery(batch.Conversation.Location), reason);

        // It keeps its place: what waits for the location goes on in due order.
        await NotSentAsync(batch, reason, batch.DueAt, until: null);
    }

    private async Task NotSentAsync(Batch batch, string reason, DateTimeOffset retryAt, DateTimeOffset? until)
    {
        Log.NotSent(logger, batch.Conversation, batch.Name, reason, retryAt);
        await steps.UntilTakenAsync(batch, () => store.NotSentAsync(batch.Ticket, reason, retryAt, until, CancellationToken.None));
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Information, "{Conversation}: {Batch} was not sent: {Reason}. It is tried again, at {RetryAt:HH:mm:ss} at the earliest")]
        public static partial void NotSent(ILogger logger, ConversationId conversation, string batch, string reason, DateTimeOffset retryAt);
    }
}
