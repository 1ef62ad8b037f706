using System.Collections.Concurrent;

namespace Lull.Conversations;

/// <summary>
/// Takes the step of a conversation whose own node does not answer: it is dead and not yet known to be, or alive and cut off from the database. Only where nodes share a store,
/// which lets one of them claim, whoever else tries.
/// </summary>
internal sealed partial class StandIn(
    IMessageStore store, BurstWindows windows, ReplySlots slots, ActiveRuns runs, BatchRunner runner, ConversationOptions options, IHostApplicationLifetime lifetime, ILogger<StandIn> logger)
{
    private readonly ConcurrentDictionary<ConversationId, bool> _taking = new();

    /// <summary>Begins to, unless it is at it already; ends by itself.</summary>
    public void Take(ConversationId conversation)
    {
        if (store.IsShared && !runs.IsRunning(conversation) && _taking.TryAdd(conversation, true))
        {
            _ = TakeAsync(conversation);
        }
    }

    private async Task TakeAsync(ConversationId conversation)
    {
        try
        {
            await StepAsync(conversation, lifetime.ApplicationStopping);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException)
        {
            // The store says so itself, once; what is due stays due.
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception, conversation);
        }
        finally
        {
            _taking.TryRemove(conversation, out _);
        }
    }

    private async Task StepAsync(ConversationId conversation, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (await store.NextStepAsync(conversation, await windows.CurrentAsync(stopping), stopping) is not { } step || step.DueAt > store.Now)
        {
            return;
        }

        using var slot = await slots.AcquireAsync(conversation.Location, step, stopping);
        if (await store.ClaimAsync(conversation, await windows.CurrentAsync(stopping), options.StaleAfter, stopping) is not ClaimResult.Claimed { Batch: var batch })
        {
            return;
        }

        Log.Taken(logger, conversation, batch.Name);
        using var run = new ActiveRun(batch.Ticket, stopping);
        runs.Begin(conversation, run);
        try
        {
            await runner.RunAsync(batch, run);
        }
        finally
        {
            runs.End(conversation, run);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Information, "{Conversation}: its node does not answer, {Batch} is worked on here")]
        public static partial void Taken(ILogger logger, ConversationId conversation, string batch);

        [LoggerMessage(21, LogLevel.Error, "{Conversation}: a step taken for a node that does not answer failed and is taken again")]
        public static partial void Failed(ILogger logger, Exception exception, ConversationId conversation);
    }
}
