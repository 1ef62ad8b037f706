namespace Lull.Conversations;

/// <summary>One contact's conversation: a timer on the store's next due step, and the one place on the node where that step is taken.</summary>
[GrainType("conversation")]
internal sealed partial class Conversation(
    IMessageStore store, BurstWindows windows, ReplySlots slots, ActiveRuns runs, BatchRunner runner, ConversationOptions options, IHostApplicationLifetime lifetime, ILogger<Conversation> logger)
    : Grain, IConversation
{
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(1);

    private ConversationId _id;
    private IGrainTimer? _timer;
    private ActiveRun? _run;
    private bool _isBusy;
    private DateTimeOffset _notBefore;

    // What the store said is due, until the timer's next tick; the claim decides anyway.
    private NextStep? _due;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!ConversationId.TryParse(this.GetPrimaryKeyString(), out _id))
        {
            throw new ArgumentException($"'{this.GetPrimaryKeyString()}' is no conversation's key.");
        }

        _timer = this.RegisterGrainTimer(
            TickAsync, new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
        return Task.CompletedTask;
    }

    public async Task Wake()
    {
        if (_run is { } run)
        {
            if (await store.HasNewerAsync(run.Ticket, await windows.CurrentAsync(CancellationToken.None), CancellationToken.None))
            {
                run.Newer();
            }

            return;
        }

        if (!_isBusy)
        {
            await ArmAsync();
        }
    }

    public Task Due(DateTimeOffset at, bool needsModel)
    {
        if (_run is not null)
        {
            return Wake();
        }

        if (!_isBusy && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            Arm(new(at, needsModel ? StepNeeds.Model : StepNeeds.Delivery));
        }

        return Task.CompletedTask;
    }

    public Task Stop()
    {
        _run?.Stop();
        return Task.CompletedTask;
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        _isBusy = true;
        try
        {
            await StepAsync(lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The next process takes it up.
        }
        catch (StoreUnavailableException)
        {
            // The store says so itself, once; the burst stays due.
            _notBefore = store.Now + AfterTrouble;
        }
        catch (Exception exception)
        {
            Log.StepFailed(logger, exception, _id);
            _notBefore = store.Now + AfterTrouble;
        }
        finally
        {
            _isBusy = false;
        }

        await ArmAsync();
    }

    private async Task StepAsync(CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        var due = _due ?? await store.NextStepAsync(_id, await windows.CurrentAsync(stopping), stopping);
        _due = null;
        if (due is not { } step || step.DueAt > store.Now)
        {
            return;
        }

        using var slot = await slots.AcquireAsync(_id.Location, step, stopping);
        switch (await store.ClaimAsync(_id, await windows.CurrentAsync(stopping), options.StaleAfter, stopping))
        {
            case ClaimResult.Claimed { Batch: var batch }:
                await RunAsync(batch, stopping);
                break;
            case ClaimResult.NotDue { At: var at }:
                // Never longer than a moment: what is stored meanwhile (a force) may be due before that.
                var moment = store.Now + AfterTrouble;
                _notBefore = at < moment ? at : moment;
                break;
            case ClaimResult.Ended ended:
                Log.Ended(logger, _id, ended.Batch, ended.State, ended.Reason);
                break;
        }
    }

    private async Task RunAsync(Batch batch, CancellationToken stopping)
    {
        using var run = new ActiveRun(batch.Ticket, stopping);
        _run = run;
        runs.Begin(_id, run);
        try
        {
            // A wake between the claim and this line found nothing to cut short.
            await Wake();
            await runner.RunAsync(batch, run);
        }
        finally
        {
            runs.End(_id, run);
            _run = null;
        }
    }

    private async Task ArmAsync()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return;
        }

        var window = await windows.CurrentAsync(CancellationToken.None);
        if (await store.NextStepAsync(_id, window, CancellationToken.None) is not { } step)
        {
            _due = null;
            _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        Arm(step);
    }

    private void Arm(NextStep step)
    {
        var at = step.DueAt > _notBefore ? step.DueAt : _notBefore;
        var wait = at - store.Now;
        _due = wait > TimeSpan.Zero ? null : step;
        _timer!.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Conversation}: a step failed and is taken again")]
        public static partial void StepFailed(ILogger logger, Exception exception, ConversationId conversation);

        [LoggerMessage(2, LogLevel.Information, "{Conversation}: {Batch} ended as {State}: {Reason}")]
        public static partial void Ended(ILogger logger, ConversationId conversation, string batch, BatchState state, string reason);
    }
}
