using Lull.Delivering;
using Lull.Replying;

namespace Lull.Conversations;

/// <summary>Takes a claimed batch as far as it goes: write, fence, send, or look for a send that may have arrived.</summary>
internal sealed partial class BatchRunner(
    IMessageStore store, ReplyStep writing, DeliveryStep delivering, ReadBackStep readBack, StoreSteps steps, ConversationMetrics metrics,
    IHostApplicationLifetime lifetime, ILogger<BatchRunner> logger)
{
    /// <summary>Ends with the batch in a state that the store can take up again. Only what nobody foresaw costs the batch one of its five attempts.</summary>
    public async Task RunAsync(Batch batch, ActiveRun run)
    {
        metrics.Claimed(batch, store.Now);
        Log.Claimed(logger, batch.Conversation, batch.Name, batch.Messages.Count, batch.State, batch.Ticket.Attempt);
        try
        {
            await (batch.State switch
            {
                BatchState.Claimed => WriteAndDeliverAsync(batch, run),
                BatchState.Replied => delivering.DeliverAsync(batch, batch.Reply!),
                _ => readBack.LookAsync(batch),
            });
        }
        catch (Exception exception) when (!lifetime.ApplicationStopped.IsCancellationRequested)
        {
            Log.Lost(logger, exception, batch.Conversation, batch.Name);
            var lost = new Release.Lost(exception.GetType().Name, store.Now + Backoff.After(batch.Failures, null, Random.Shared.NextDouble()));
            await steps.UntilStoredAsync(() => store.ReleaseAsync(batch.Ticket, lost, CancellationToken.None));
        }
    }

    private async Task WriteAndDeliverAsync(Batch batch, ActiveRun run)
    {
        if (await writing.WriteAsync(batch, run) is { } reply)
        {
            await delivering.DeliverAsync(batch, reply);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3, LogLevel.Information, "{Conversation}: {Batch} claimed with {Count} messages as {State}, attempt {Attempt}")]
        public static partial void Claimed(ILogger logger, ConversationId conversation, string batch, int count, BatchState state, int attempt);

        [LoggerMessage(4, LogLevel.Error, "{Conversation}: {Batch} ended without an outcome and is tried again")]
        public static partial void Lost(ILogger logger, Exception exception, ConversationId conversation, string batch);
    }
}
