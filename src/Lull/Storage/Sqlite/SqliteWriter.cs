using System.Threading.Channels;
using Lull.Storage.Ledger;
using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite;

/// <summary>
/// The one writer: gathers what waits and commits it as one transaction, so that the group grows with the load and an idle store adds no delay.
/// An operation that fails by itself is told apart by running its group again one by one.
/// </summary>
internal sealed partial class SqliteWriter(
    SqliteDatabase database, WriteContext context, StorageOptions options, TimeProvider time, StoreMetrics metrics, ILogger logger) : IAsyncDisposable
{
    private const int MaxGroup = 512;
    private const int MaxWaiting = 50_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DiskLookEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<WriteOperation<WriteContext>> _waiting = Channel.CreateBounded<WriteOperation<WriteContext>>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly List<WriteOperation<WriteContext>> _group = new(MaxGroup);
    private Task _loop = Task.CompletedTask;
    private long _diskLookedAt;
    private bool _diskIsFull;
    private bool _mustReload;
    private string? _trouble;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Runs <paramref name="work"/> in the next group and returns once that is on the disk.</summary>
    /// <exception cref="StoreUnavailableException">It could not be committed; nothing has changed.</exception>
    public ValueTask<T> RunAsync<T>(Func<WriteContext, T> work, bool needsRoom, CancellationToken cancellationToken)
        => EnqueueAsync(new StepOperation<T>(work, time.GetTimestamp()) { NeedsRoom = needsRoom }, cancellationToken);

    /// <summary>The same for a webhook.</summary>
    public ValueTask<Receipt> AppendAsync(WebhookArrival arrival, CancellationToken cancellationToken)
        => EnqueueAsync(new AppendOperation(arrival, time.GetTimestamp()) { NeedsRoom = true }, cancellationToken);

    private ValueTask<T> EnqueueAsync<T>(WriteOperation<WriteContext, T> operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _waiting.Writer.TryWrite(operation)
            ? operation.WaitAsync(cancellationToken)
            : throw new StoreUnavailableException("Too many writes are waiting for the disk.");
    }

    /// <summary>Commits what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (_group.Count < MaxGroup && _waiting.Reader.TryRead(out var operation))
            {
                _group.Add(operation);
            }

            try
            {
                await CommitAsync();
            }
            catch (Exception exception)
            {
                // Whatever it was (the folder is gone, the disk cannot be asked): the loop is the only writer and must go on.
                Report(exception);
                FailWhere(_ => true, new StoreUnavailableException("The store cannot commit now: " + exception.Message, exception));
                Rollback();
                _mustReload = true;
            }

            _group.Clear();
        }
    }

    private async Task CommitAsync()
    {
        RefuseWithoutRoom();
        var started = time.GetTimestamp();
        while (_group.Count > 0 && (TryReload() ?? TryBegin()) is { } locked)
        {
            Report(locked);
            GiveUpOverdue(locked);
            await Task.Delay(TimeSpan.FromMilliseconds(50), time);
        }

        _group.RemoveAll(operation => !operation.TryTake());
        if (_group.Count == 0)
        {
            Rollback();
            return;
        }

        if (TryCommit(_group) is { } failure)
        {
            OneByOne(failure);
        }

        metrics.Committed(_group.Count, time.GetElapsedTime(started));
    }

    private Exception? TryBegin()
    {
        try
        {
            context.Sql.Execute("BEGIN IMMEDIATE");
            return null;
        }
        catch (SqliteException exception)
        {
            return exception;
        }
    }

    private Exception? TryCommit(IReadOnlyList<WriteOperation<WriteContext>> group)
    {
        try
        {
            foreach (var operation in group)
            {
                lock (context.Open.Gate)
                {
                    operation.Execute(context);
                }
            }

            context.Sql.Execute("COMMIT");
        }
        catch (Exception exception)
        {
            UndoInMemory();
            return exception;
        }

        _trouble = null;
        foreach (var operation in group)
        {
            operation.Complete();
        }

        return null;
    }

    private void OneByOne(Exception groupFailure)
    {
        foreach (var operation in _group)
        {
            if (_group.Count == 1 || IsTrouble(groupFailure))
            {
                Refuse(operation, groupFailure);
            }
            else if ((TryReload() ?? TryBegin() ?? TryCommit([operation])) is { } failure)
            {
                Refuse(operation, failure);
            }
        }
    }

    private void Refuse(WriteOperation<WriteContext> operation, Exception failure)
    {
        if (!IsTrouble(failure))
        {
            operation.Fail(failure);
            return;
        }

        Report(failure);
        operation.Fail(new StoreUnavailableException("The store cannot commit now: " + failure.Message, failure));
    }

    /// <summary>True when the store itself is in trouble (locked, full, unreadable) and not the operation wrong.</summary>
    private static bool IsTrouble(Exception exception) => exception is SqliteException { SqliteErrorCode: not (1 or 18 or 19 or 20 or 21 or 25) };

    private void UndoInMemory()
    {
        Rollback();
        _mustReload = true;
        if (TryReload() is { } failure)
        {
            Report(failure);
        }
    }

    /// <summary>After a commit that failed, memory is read from the disk again before anything else is begun.</summary>
    private Exception? TryReload()
    {
        if (!_mustReload)
        {
            return null;
        }

        try
        {
            context.Reload();
            _mustReload = false;
            return null;
        }
        catch (SqliteException exception)
        {
            return exception;
        }
    }

    private void Rollback()
    {
        try
        {
            context.Sql.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has already rolled back by itself, as it does when the disk is full.
        }
    }

    private void RefuseWithoutRoom()
    {
        if (_diskLookedAt == 0 || time.GetElapsedTime(_diskLookedAt) >= DiskLookEvery)
        {
            _diskLookedAt = time.GetTimestamp();
            var wasFull = _diskIsFull;
            _diskIsFull = database.FreeBytes < options.MinFreeBytes;
            if (_diskIsFull && !wasFull)
            {
                Log.CannotCommit(logger, DiskIsFull().Message);
            }
        }

        if (_diskIsFull)
        {
            FailWhere(operation => operation.NeedsRoom, DiskIsFull());
        }
    }

    private StoreUnavailableException DiskIsFull()
        => new($"Less than {options.MinFreeBytes >> 20} MiB of disk are free in {database.Folder}: make room.");

    private void GiveUpOverdue(Exception locked)
        => FailWhere(
            operation => operation.IsGivenUp || time.GetElapsedTime(operation.EnqueuedAt) > Patience,
            new StoreUnavailableException("The store is locked: " + locked.Message, locked));

    private void FailWhere(Predicate<WriteOperation<WriteContext>> condition, Exception exception)
        => _group.RemoveAll(operation =>
        {
            if (!condition(operation))
            {
                return false;
            }

            operation.Fail(exception);
            return true;
        });

    private void Report(Exception exception)
    {
        // One line per trouble, not one per refused webhook.
        if (_trouble != exception.Message)
        {
            _trouble = exception.Message;
            Log.CannotCommit(logger, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The store cannot commit: {Reason} Senders are told to come back; it recovers by itself once this is mended")]
        public static partial void CannotCommit(ILogger logger, string reason);
    }
}
