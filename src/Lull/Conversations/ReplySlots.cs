using System.Collections.Concurrent;

namespace Lull.Conversations;

/// <summary>
/// The node's places for replies in progress: given in the order in which the bursts were due, never for a target that is paused or at fault.
/// Of what waits for a fault to be mended, one is let through a minute to probe it.
/// </summary>
internal sealed class ReplySlots(ConversationOptions options, Obstacles obstacles, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<SlotTarget, PriorityQueue<Waiter, long>> _waiting = [];
    private readonly ConcurrentDictionary<SlotTarget, int> _waitingFor = new();
    private int _free = options.MaxConcurrentReplies;
    private int _count;
    private ITimer? _timer;

    /// <summary>How many bursts wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _count);

    /// <summary>How many wait for one target.</summary>
    public int WaitingFor(SlotTarget target) => _waitingFor.GetValueOrDefault(target);

    /// <summary>Waits for a place. Dispose it when the step is taken.</summary>
    public async Task<IDisposable> AcquireAsync(string location, NextStep step, CancellationToken cancellationToken)
    {
        var waiter = new Waiter();
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var target = new SlotTarget(step.Needs, location);
            if (!_waiting.TryGetValue(target, out var queue))
            {
                _waiting[target] = queue = new();
            }

            queue.Enqueue(waiter, step.DueAt.ToUnixTimeMilliseconds());
            Interlocked.Increment(ref _count);
            _waitingFor[target] = queue.Count;
        }
        finally
        {
            _gate.Release();
        }

        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Given.TrySetCanceled(token), waiter);
        await PumpAsync();
        await waiter.Given.Task;
        return new Slot(this);
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _gate.Dispose();
    }

    private async Task PumpAsync()
    {
        await _gate.WaitAsync();
        try
        {
            await obstacles.RefreshAsync();
            while (_free > 0 && NextTarget() is { } target)
            {
                Give(target);
            }

            if (_free > 0 && _count > 0)
            {
                _timer ??= time.CreateTimer(static state => _ = ((ReplySlots)state!).PumpAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(LookAgain, Timeout.InfiniteTimeSpan);
            }
        }
        catch (StoreUnavailableException)
        {
            _timer?.Change(LookAgain, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            _gate.Release();
        }
    }

    private SlotTarget? NextTarget()
    {
        SlotTarget? next = null;
        var earliest = long.MaxValue;
        foreach (var (target, queue) in _waiting)
        {
            if (queue.TryPeek(out _, out var dueAt) && dueAt < earliest && obstacles.LetsThrough(target))
            {
                (next, earliest) = (target, dueAt);
            }
        }

        return next;
    }

    private void Give(SlotTarget target)
    {
        var queue = _waiting[target];
        var waiter = queue.Dequeue();
        Interlocked.Decrement(ref _count);
        _waitingFor[target] = queue.Count;
        if (queue.Count == 0)
        {
            _waiting.Remove(target);
            _waitingFor.TryRemove(target, out _);
        }

        if (waiter.Given.TrySetResult())
        {
            _free--;
            obstacles.Passed(target);
        }
    }

    private async Task ReleaseAsync()
    {
        await _gate.WaitAsync();
        _free++;
        _gate.Release();
        await PumpAsync();
    }

    private sealed class Waiter
    {
        public TaskCompletionSource Given { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Slot(ReplySlots slots) : IDisposable
    {
        private int _returned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                _ = slots.ReleaseAsync();
            }
        }
    }
}

/// <summary>What a waiting step needs: the model, or delivery for its location.</summary>
internal readonly record struct SlotTarget(StepNeeds Needs, string Location)
{
    public string Fault => Needs is StepNeeds.Model ? Faulted.Model : Faulted.Delivery(Location);
}
