using Lull.Replying;

namespace Lull.Conversations;

/// <summary>One reply to the whole burst: asks the writer, and records how that ended.</summary>
internal sealed partial class ReplyStep(
    IMessageStore store, IReplyWriter writer, StoreSteps steps, FaultDesk faults, TokenBudget budget, ConversationOptions options, ConversationMetrics metrics, ILogger<ReplyStep> logger)
{
    /// <returns>The stored reply, or null when there is none to send now.</returns>
    public async Task<Reply?> WriteAsync(Batch batch, ActiveRun run)
    {
        var history = await steps.UntilStoredAsync(() => store.HistoryAsync(batch.Ticket, batch.Conversation, options.HistoryMessages, CancellationToken.None));
        if (!await steps.UntilTakenAsync(batch, () => store.BeginReplyAsync(batch.Ticket, CancellationToken.None)))
        {
            return null;
        }

        try
        {
            return await RecordAsync(batch, await AskAsync(new(batch, history, store.Now), run.Token));
        }
        catch (OperationCanceledException) when (run.Token.IsCancellationRequested)
        {
            await CutShortAsync(batch, history, run);
            return null;
        }
    }

    private async Task CutShortAsync(Batch batch, IReadOnlyList<HistoryEntry> history, ActiveRun run)
    {
        await budget.SpendCancelledAsync(batch, history);
        if (run.IsTakenOver)
        {
            metrics.Cancelled("taken_over");
            steps.LostTo(batch);
            return;
        }

        Release release = run.IsNewer ? new Release.Newer() : new Release.Shutdown();
        Log.Cancelled(logger, batch.Conversation, batch.Name, run.IsNewer ? "a newer message" : "stopping");
        metrics.Cancelled(run.IsNewer ? "newer" : "stopping");
        await steps.UntilStoredAsync(() => store.ReleaseAsync(batch.Ticket, release, CancellationToken.None));
    }

    private async Task<ReplyOutcome> AskAsync(ReplyRequest request, CancellationToken cancellationToken)
    {
        var outcome = await writer.WriteAsync(request, cancellationToken);
        if (outcome is ReplyOutcome.Empty empty)
        {
            await budget.SpendAsync(empty.Tokens, wasted: true);
            outcome = await writer.WriteAsync(request, cancellationToken);
        }

        return outcome;
    }

    private async Task<Reply?> RecordAsync(Batch batch, ReplyOutcome outcome)
    {
        switch (outcome)
        {
            case ReplyOutcome.Written { Reply: var reply }:
                await faults.WorksAsync(Faulted.Model);
                return await SaveAsync(batch, reply) ? reply : null;
            case ReplyOutcome.TryLater later:
                await RetryAsync(batch, later);
                break;
            case ReplyOutcome.SetupFault { Reason: var reason }:
                await faults.RaiseAsync(Faulted.Model, reason);
                await ReleaseAsync(batch, new Release.Faulted(Faulted.Model, reason));
                break;
            case ReplyOutcome.NotFit { Reason: var reason, Reply: var unfit }:
                if (await SaveAsync(batch, unfit))
                {
                    metrics.Wasted(unfit.Tokens);
                    await EndAsync(batch, BatchState.Held, reason);
                }

                break;
            case ReplyOutcome.Refused { Reason: var reason }:
                await EndAsync(batch, BatchState.DeadLettered, reason);
                break;
            case ReplyOutcome.Empty { Tokens: var tokens }:
                await budget.SpendAsync(tokens, wasted: true);
                await EndAsync(batch, BatchState.DeadLettered, "the model answered nothing twice");
                break;
        }

        return null;
    }

    private async Task<bool> SaveAsync(Batch batch, Reply reply)
    {
        await budget.SpendAsync(reply.Tokens, wasted: false);
        if (!await steps.UntilTakenAsync(batch, () => store.SaveReplyAsync(batch.Ticket, reply, CancellationToken.None)))
        {
            metrics.Wasted(reply.Tokens);
            return false;
        }

        metrics.Replied();
        Log.Replied(logger, batch.Conversation, batch.Name, reply.Text.Length, reply.Model);
        return true;
    }

    private async Task RetryAsync(Batch batch, ReplyOutcome.TryLater later)
    {
        var now = store.Now;
        var until = batch.RetryUntil ?? now + Backoff.RetryFor;
        if (now >= until && faults.WorkedSince(Faulted.Model, now - Backoff.RetryFor))
        {
            await ReleaseAsync(batch, new Release.Faulted(Faulted.Model, later.Reason, now + Backoff.ProbeEvery));
            return;
        }

        if (now >= until)
        {
            await faults.RaiseAsync(Faulted.Model, later.Reason);
            await ReleaseAsync(batch, new Release.Faulted(Faulted.Model, later.Reason));
            return;
        }

        await ReleaseAsync(batch, new Release.Retry(later.Reason, now + Backoff.After(batch.Failures, later.After, Random.Shared.NextDouble()), until));
    }

    private async Task ReleaseAsync(Batch batch, Release release)
    {
        var reason = release switch { Release.Retry retry => retry.Reason, Release.Faulted faulted => faulted.Reason, _ => "" };
        Log.NotWritten(logger, batch.Conversation, batch.Name, reason);
        await steps.UntilStoredAsync(() => store.ReleaseAsync(batch.Ticket, release, CancellationToken.None));
    }

    private async Task EndAsync(Batch batch, BatchState state, string reason)
    {
        if (await steps.UntilTakenAsync(batch, () => store.EndAsync(batch.Ticket, state, reason, CancellationToken.None)))
        {
            Log.Ended(logger, batch.Conversation, batch.Name, state, reason);
            metrics.Ended(state);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5, LogLevel.Information, "{Conversation}: {Batch} has its reply, {Length} characters by {Model}")]
        public static partial void Replied(ILogger logger, ConversationId conversation, string batch, int length, string model);

        [LoggerMessage(6, LogLevel.Information, "{Conversation}: {Batch}: the model call was cancelled by {Cause}")]
        public static partial void Cancelled(ILogger logger, ConversationId conversation, string batch, string cause);

        [LoggerMessage(7, LogLevel.Warning, "{Conversation}: {Batch} could not be answered now: {Reason}")]
        public static partial void NotWritten(ILogger logger, ConversationId conversation, string batch, string reason);

        [LoggerMessage(8, LogLevel.Warning, "{Conversation}: {Batch} ended as {State}: {Reason}")]
        public static partial void Ended(ILogger logger, ConversationId conversation, string batch, BatchState state, string reason);
    }
}
