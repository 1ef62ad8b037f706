using System.Collections.Concurrent;

namespace Lull.Conversations;

/// <summary>
/// The node's one timer: knows of everything open when it may be due, and wakes a conversation only then, or when it is taking a step that something newer concerns.
/// What is stored costs one entry in a queue, however many conversations are open. Every few seconds it looks in the store for what a lost call left behind.
/// Wakes no more than can be worked on, so that a long outage does not bring every conversation into memory at once.
/// </summary>
internal sealed partial class DueLine(
    IMessageStore store, BurstWindows windows, ReplySlots slots, ActiveRuns runs, TokenBudget budget, IGrainFactory grains, StandIn standIn, TimeProvider time, ILogger<DueLine> logger)
    : BackgroundService, IDueLine
{
    private const int EnoughWaiting = 1000;

    // A silo that has just died answers no call: while some wait for it, others are woken.
    private const int WakesAtOnce = 64;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(5);

    // With the lease and the grace of a send (25 s) and what it must be overdue by (2 s): what a dead node held is taken up within 30 s.
    private static readonly TimeSpan SweepAmongOthersEvery = TimeSpan.FromSeconds(2.4);

    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(1);

    // Real time: what was stored meanwhile is taken up together, so that a flood costs one round for many messages.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentQueue<(ConversationId Conversation, DateTimeOffset At)> _stored = new();
    private readonly SemaphoreSlim _bell = new(0);
    private readonly SemaphoreSlim _wakes = new(WakesAtOnce);
    private readonly OpenBursts _waiting = new();

    // What a sweep finds is late already: it stands in a line of its own, which each sweep makes anew.
    private readonly DueQueues _overdue = new();
    private int _isRung;
    private bool _mustReread = true;

    public void Stored(ConversationId conversation, MessageId message, bool isInFlight)
    {
        _stored.Enqueue((conversation, message.StoredAt));
        if (isInFlight || runs.IsRunning(conversation))
        {
            _ = WakeAsync(conversation);
        }

        Ring();
    }

    public void Reread()
    {
        Volatile.Write(ref _mustReread, true);
        Ring();
    }

    public override void Dispose()
    {
        _bell.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await budget.ReviewAsync();
        var sweepAt = NextSweepAt(TimeSpan.Zero);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RoundAsync(stoppingToken);
                await RestAsync(sweepAt, stoppingToken);
                if (store.Now >= sweepAt)
                {
                    var began = store.Now;
                    await SweepAsync(began - Overdue, stoppingToken);
                    sweepAt = NextSweepAt(store.Now - began);
                }
            }
            catch (StoreUnavailableException)
            {
                // The store says so itself, once.
                await Task.Delay(AfterTrouble, time, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.RoundFailed(logger, exception);
                await Task.Delay(SweepEvery, time, stoppingToken);
            }
        }
    }

    /// <summary>Where others look too, each does at moments of its own: they would only get in each other's way. In a long outage, when very much is overdue, looking takes a fifth of the time at most.</summary>
    private DateTimeOffset NextSweepAt(TimeSpan lastTook)
    {
        var every = store.IsShared ? SweepAmongOthersEvery * (0.8 + (0.4 * Random.Shared.NextDouble())) : SweepEvery;
        return store.Now + (lastTook * 4 > every ? lastTook * 4 : every);
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        var window = await windows.CurrentAsync(cancellationToken);
        if (Volatile.Read(ref _mustReread))
        {
            await RereadAsync(window, cancellationToken);
        }

        while (_stored.TryDequeue(out var stored))
        {
            _waiting.Heard(stored.Conversation, stored.At, window);
        }

        while (_waiting.TryTake(store.Now, IsWanted) is var (conversation, messages))
        {
            if (await store.NextStepAsync(conversation, window, cancellationToken) is not { } step)
            {
                continue;
            }

            if (step.DueAt > store.Now)
            {
                _waiting.Arm(new(conversation, step), messages);
                continue;
            }

            await BeginWakeAsync(conversation, step, cancellationToken);
        }

        while (_overdue.TryTake(store.Now, IsWanted) is { } late)
        {
            await BeginWakeAsync(late.Conversation, null, cancellationToken);
        }
    }

    /// <summary>Until something may be due, something was stored, or it is time to sweep.</summary>
    private async Task RestAsync(DateTimeOffset sweepAt, CancellationToken cancellationToken)
    {
        await Task.Delay(Breath, TimeProvider.System, cancellationToken);
        var now = store.Now;
        var until = sweepAt;
        if (_waiting.NextDueAt is { } dueAt && dueAt < until)
        {
            until = dueAt;
        }

        if (until > now && _stored.IsEmpty)
        {
            using var rested = new CancellationTokenSource(until - now, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(rested.Token, cancellationToken);

            // A clock that moved before the timer was set would be waited for in vain.
            if (store.Now < until)
            {
                await _bell.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        Volatile.Write(ref _isRung, 0);
    }

    private async Task RereadAsync(BurstWindow window, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _mustReread, false);
        _waiting.Clear();
        try
        {
            await foreach (var due in store.OpenStepsAsync(window, dueBefore: null, cancellationToken))
            {
                _waiting.Arm(due);
            }
        }
        catch
        {
            Volatile.Write(ref _mustReread, true);
            throw;
        }

        Log.Armed(logger, _waiting.Count);
    }

    private async Task SweepAsync(DateTimeOffset dueBefore, CancellationToken cancellationToken)
    {
        _overdue.Clear();
        await foreach (var due in store.OpenStepsAsync(await windows.CurrentAsync(cancellationToken), dueBefore, cancellationToken))
        {
            _overdue.Add(due);
        }
    }

    private bool IsWanted(SlotTarget target) => slots.WaitingFor(target) < EnoughWaiting;

    private void Ring()
    {
        if (Interlocked.Exchange(ref _isRung, 1) == 0)
        {
            _bell.Release();
        }
    }

    /// <summary>Waits only while too many are being woken.</summary>
    /// <param name="due">What the store has just said is due; null for what is late already, of which its node is to find out itself whether it can do something about it.</param>
    private async Task BeginWakeAsync(ConversationId conversation, NextStep? due, CancellationToken cancellationToken)
    {
        await _wakes.WaitAsync(cancellationToken);
        _ = WakeInTurnAsync(conversation, due);
    }

    private async Task WakeInTurnAsync(ConversationId conversation, NextStep? due)
    {
        var isAwake = due is { } step
            ? await CallAsync(conversation, door => door.Due(step.DueAt, step.Needs is StepNeeds.Model))
            : await WakeAsync(conversation);
        _wakes.Release();
        if (due is null && !isAwake)
        {
            standIn.Take(conversation);
        }
    }

    private Task<bool> WakeAsync(ConversationId conversation) => CallAsync(conversation, door => door.Wake());

    /// <summary>False when its node does not answer, or cannot do anything about it.</summary>
    private async Task<bool> CallAsync(ConversationId conversation, Func<IConversation, Task> call)
    {
        try
        {
            await call(grains.GetGrain<IConversation>(conversation.ToString())).WaitAsync(Overdue, TimeProvider.System);
            return true;
        }
        catch (Exception exception)
        {
            Log.NotWoken(logger, exception, conversation);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(18, LogLevel.Information, "{Count} conversations with something open are waited for")]
        public static partial void Armed(ILogger logger, int count);

        [LoggerMessage(19, LogLevel.Error, "Looking for what is due failed and is tried again")]
        public static partial void RoundFailed(ILogger logger, Exception exception);

        [LoggerMessage(102, LogLevel.Debug, "{Conversation} could not be woken; where it is late, its step is taken here")]
        public static partial void NotWoken(ILogger logger, Exception exception, ConversationId conversation);
    }
}
