using System.Threading.Tasks.Sources;

namespace Lull.Storage.Ledger;

/// <summary>One piece of work for a writer: waits, is taken into a group, and ends once the group is committed.</summary>
/// <typeparam name="TGroup">What the work is done with, inside the group's transaction.</typeparam>
internal abstract class WriteOperation<TGroup>(long enqueuedAt)
{
    private const int Waiting = 0, Taken = 1, GivenUp = 2;

    private int _state = Waiting;

    /// <summary>When it was handed in, by the monotonic clock.</summary>
    public long EnqueuedAt => enqueuedAt;

    /// <summary>True for work that grows the store: refused when the disk is nearly full.</summary>
    public bool NeedsRoom { get; init; }

    /// <summary>True once its caller no longer waits; then it is never begun.</summary>
    public bool IsGivenUp => Volatile.Read(ref _state) == GivenUp;

    /// <summary>Claims it for a group; false when its caller gave up first.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) != GivenUp;

    /// <summary>Nothing came of it being taken: it waits again, and its caller may give it up.</summary>
    public virtual void PutBack() => Interlocked.CompareExchange(ref _state, Waiting, Taken);

    /// <summary>Gives it up for its caller; false when it is already being committed.</summary>
    protected bool TryGiveUp() => Interlocked.CompareExchange(ref _state, GivenUp, Waiting) == Waiting;

    /// <summary>Does the work inside the group's transaction.</summary>
    public abstract void Execute(TGroup group);

    /// <summary>The group is committed.</summary>
    public abstract void Complete();

    /// <summary>Nothing was changed.</summary>
    public abstract void Fail(Exception exception);
}

/// <summary>Work with a result, awaited once.</summary>
internal abstract class WriteOperation<TGroup, T> : WriteOperation<TGroup>, IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _done = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _patience;
    private T _result = default!;
    private int _hasEnded;

    protected WriteOperation(long enqueuedAt)
        : base(enqueuedAt)
    {
    }

    /// <summary>Ends when the work is committed, refused or given up. Called once, after it stands in the queue.</summary>
    public ValueTask<T> WaitAsync(CancellationToken cancellationToken)
    {
        _patience = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static state => ((WriteOperation<TGroup, T>)state!).GiveUp(), this);
        return new(this, _done.Version);
    }

    public sealed override void PutBack()
    {
        base.PutBack();
        if (_patience.IsCancellationRequested)
        {
            GiveUp();
        }
    }

    public sealed override void Execute(TGroup group) => _result = Do(group);

    public sealed override void Complete()
    {
        if (TryEnd())
        {
            _done.SetResult(_result);
        }
    }

    public sealed override void Fail(Exception exception)
    {
        if (TryEnd())
        {
            _done.SetException(exception);
        }
    }

    /// <summary>The work itself; its result is told once it is committed.</summary>
    protected abstract T Do(TGroup group);

    private void GiveUp()
    {
        if (TryGiveUp() && TryEnd())
        {
            _done.SetException(new OperationCanceledException(_patience));
        }
    }

    private bool TryEnd() => Interlocked.Exchange(ref _hasEnded, 1) == 0;

    T IValueTaskSource<T>.GetResult(short token)
    {
        _registration.Dispose();
        return _done.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _done.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _done.OnCompleted(continuation, state, token, flags);
}
