namespace Lull.Tests.Harness;

/// <summary>What a fake has seen, in order, and a way to wait for more of it without polling. Thread-safe.</summary>
internal sealed class Record<T>
{
    private readonly Lock _lock = new();
    private readonly List<T> _items = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    public IReadOnlyList<T> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _items];
            }
        }
    }

    public void Add(T item)
    {
        lock (_lock)
        {
            _items.Add(item);
            (var changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
            changed.SetResult();
        }
    }

    /// <summary>The oldest item not yet taken, each once.</summary>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public async Task<T> NextAsync(TimeSpan deadline)
    {
        using var late = new CancellationTokenSource(deadline);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_taken < _items.Count)
                {
                    return _items[_taken++];
                }

                changed = _changed.Task;
            }

            await OrLateAsync(changed, $"nothing more than {_taken} came", late.Token);
        }
    }

    /// <summary>All items that match, once there are at least <paramref name="count"/> of them.</summary>
    /// <exception cref="TimeoutException">They did not come in time.</exception>
    public async Task<IReadOnlyList<T>> WaitForAsync(Func<T, bool> match, int count, TimeSpan deadline)
    {
        using var late = new CancellationTokenSource(deadline);
        while (true)
        {
            Task changed;
            int found;
            lock (_lock)
            {
                var matching = _items.Where(match).ToList();
                if (matching.Count >= count)
                {
                    return matching;
                }

                (changed, found) = (_changed.Task, matching.Count);
            }

            await OrLateAsync(changed, $"{found} of {count} came", late.Token);
        }
    }

    private static async Task OrLateAsync(Task changed, string state, CancellationToken late)
    {
        try
        {
            await changed.WaitAsync(late);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The deadline passed: {state}.");
        }
    }
}
