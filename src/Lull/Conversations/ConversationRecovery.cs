namespace Lull.Conversations;

/// <summary>
/// Finds what is due and wakes its conversation: everything open at the start, in due order, and every few seconds what a lost wake left behind.
/// Wakes no more than can be worked on, so that a long outage does not bring every conversation into memory at once.
/// </summary>
internal sealed partial class ConversationRecovery(
    IMessageStore store, BurstWindows windows, ReplySlots slots, TokenBudget budget, IGrainFactory grains, TimeProvider time, ILogger<ConversationRecovery> logger) : BackgroundService
{
    private const int EnoughWaiting = 1000;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    // What was open at the start is waited for to the moment; what a sweep finds is late already.
    private readonly DueQueues _armed = new();
    private readonly DueQueues _overdue = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await budget.ReviewAsync();
        await FindAsync(_armed, DateTimeOffset.MaxValue, stoppingToken);
        Log.Armed(logger, _armed.Count);
        var swept = store.Now;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WakeDueAsync(_armed, stoppingToken);
                await WakeDueAsync(_overdue, stoppingToken);
                await Task.Delay(UntilNext(swept), time, stoppingToken);
                if (store.Now - swept >= SweepEvery)
                {
                    swept = store.Now;
                    await FindAsync(_overdue, swept - Overdue, stoppingToken);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.SweepFailed(logger, exception);
                await Task.Delay(SweepEvery, time, stoppingToken);
            }
        }
    }

    private async Task FindAsync(DueQueues found, DateTimeOffset dueBefore, CancellationToken cancellationToken)
    {
        found.Clear();
        await foreach (var (conversation, step) in store.OpenStepsAsync(await windows.CurrentAsync(cancellationToken), cancellationToken))
        {
            if (step.DueAt < dueBefore)
            {
                found.Add(new(conversation, step));
            }
        }
    }

    private async Task WakeDueAsync(DueQueues due, CancellationToken cancellationToken)
    {
        while (due.TryTake(store.Now, target => slots.WaitingFor(target) < EnoughWaiting) is { } conversation)
        {
            await grains.GetGrain<IConversation>(conversation.ToString()).Wake().WaitAsync(Overdue, TimeProvider.System, cancellationToken);
        }
    }

    private TimeSpan UntilNext(DateTimeOffset swept)
    {
        var now = store.Now;
        var wait = swept + SweepEvery - now;
        if (_armed.NextDueAt is { } dueAt && dueAt - now < wait)
        {
            wait = dueAt - now;
        }

        return wait > Breath ? wait : Breath;
    }

    private static partial class Log
    {
        [LoggerMessage(18, LogLevel.Information, "{Count} conversations with something open are waited for")]
        public static partial void Armed(ILogger logger, int count);

        [LoggerMessage(19, LogLevel.Error, "Looking for what is due failed and is tried again")]
        public static partial void SweepFailed(ILogger logger, Exception exception);
    }
}
