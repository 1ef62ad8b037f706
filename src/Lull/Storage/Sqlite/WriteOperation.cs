namespace Lull.Storage.Sqlite;

/// <summary>One piece of work for the writer: waits, is taken into a group, and ends once the group is committed.</summary>
internal abstract class WriteOperation(long enqueuedAt)
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

    /// <summary>Gives it up for its caller; false when it is already being committed.</summary>
    protected bool TryGiveUp() => Interlocked.CompareExchange(ref _state, GivenUp, Waiting) == Waiting;

    /// <summary>Does the work inside the group's transaction.</summary>
    public abstract void Execute(WriteContext context);

    /// <summary>The group is committed.</summary>
    public abstract void Complete();

    /// <summary>Nothing was changed.</summary>
    public abstract void Fail(Exception exception);
}

/// <summary>Work with a result.</summary>
internal sealed class WriteOperation<T>(Func<WriteContext, T> work, long enqueuedAt) : WriteOperation(enqueuedAt)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    /// <summary>Ends when the work is committed, refused or given up.</summary>
    public async Task<T> WaitAsync(CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var operation = (WriteOperation<T>)state!;
                if (operation.TryGiveUp())
                {
                    operation._done.TrySetCanceled(token);
                }
            },
            this);
        return await _done.Task;
    }

    public override void Execute(WriteContext context) => _result = work(context);

    public override void Complete() => _done.TrySetResult(_result);

    public override void Fail(Exception exception) => _done.TrySetException(exception);
}
