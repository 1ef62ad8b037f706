using System.Threading.Channels;
using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>
/// Gathers the webhooks that wait and commits them together; what waits meanwhile forms the next group. A group of a few costs the database much the same as one of many, so a second one
/// is begun beside the first only when it is worth it, or when the first takes long: then the way to the database is what takes it, and must not bound how many are taken.
/// </summary>
internal sealed partial class PostgresInbox(
    PostgresDatabase database, PostgresClock clock, KeyedHash hash, TimeProvider time, StoreMetrics metrics, ILogger logger) : IAsyncDisposable
{
    private const int MaxGroup = 256, WorthASecond = 64, MaxUnderWay = 2, MaxWaiting = 50_000, MaxRaces = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Channel<AppendOperation> _waiting = Channel.CreateBounded<AppendOperation>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(10);

    private readonly SemaphoreSlim _news = new(0);
    private int _underWay;
    private Task _loop = Task.CompletedTask;
    private string? _trouble;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <exception cref="StoreUnavailableException">It could not be committed.</exception>
    public ValueTask<Receipt> AppendAsync(WebhookArrival arrival, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var operation = new AppendOperation(arrival, time.GetTimestamp()) { NeedsRoom = true };
        if (!_waiting.Writer.TryWrite(operation))
        {
            throw new StoreUnavailableException("Too many writes are waiting for the database.");
        }

        if (_waiting.Reader.Count == WorthASecond)
        {
            _news.Release();
        }

        return operation.WaitAsync(cancellationToken);
    }

    /// <summary>Commits what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _loop;
        while (Volatile.Read(ref _underWay) > 0)
        {
            await _news.WaitAsync();
        }
    }

    private async Task RunAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync())
        {
            await TurnAsync();
            List<AppendOperation> group = [];
            while (group.Count < MaxGroup && _waiting.Reader.TryRead(out var operation))
            {
                group.Add(operation);
            }

            Interlocked.Increment(ref _underWay);
            _ = CommitAndMakePlaceAsync(group);
        }
    }

    private async ValueTask TurnAsync()
    {
        var since = time.GetTimestamp();
        while (Volatile.Read(ref _underWay) is > 0 and var underWay)
        {
            var left = underWay < MaxUnderWay ? Long - time.GetElapsedTime(since) : Timeout.InfiniteTimeSpan;
            if (underWay < MaxUnderWay && (left <= TimeSpan.Zero || _waiting.Reader.Count >= WorthASecond))
            {
                return;
            }

            await _news.WaitAsync(left);
        }
    }

    private async Task CommitAndMakePlaceAsync(List<AppendOperation> group)
    {
        try
        {
            await CommitAsync(group);
        }
        catch (Exception exception)
        {
            group.ForEach(operation => operation.Fail(exception));
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            _news.Release();
        }
    }

    private async Task CommitAsync(List<AppendOperation> group)
    {
        var started = time.GetTimestamp();
        for (var races = 0; ;)
        {
            group.RemoveAll(operation => operation.IsGivenUp);
            if (group.Count == 0)
            {
                return;
            }

            var appending = new AppendGroup(group, hash, clock);
            try
            {
                if (races > 0 || !await database.OnceAsync(appending.TryAtOnceAsync, CancellationToken.None))
                {
                    await database.WriteAsync(appending.RunAsync, CancellationToken.None);
                }

                Complete(group, appending, started);
                return;
            }
            catch (Exception race) when (!appending.IsDone && (race is LostRaceException || PostgresTrouble.IsRace(race)) && races++ < MaxRaces)
            {
                // A copy was stored by another node at the same moment: the next look sees it.
                group.ForEach(operation => operation.PutBack());
            }
            catch (LostRaceException)
            {
                throw new StoreUnavailableException("Other nodes store copies of the same webhooks again and again.");
            }
            catch (StoreUnavailableException trouble)
            {
                Report(trouble);
                if (!GaveUpOn(group, trouble, appending.IsDone))
                {
                    group.ForEach(operation => operation.PutBack());
                    await Task.Delay(Pause, time);
                }
            }
            catch (Exception failure)
            {
                await OneByOneAsync(group, failure);
                return;
            }
        }
    }

    private void Complete(List<AppendOperation> group, AppendGroup appended, long started)
    {
        _trouble = null;
        foreach (var operation in group)
        {
            operation.Execute(appended);
            operation.Complete();
        }

        metrics.Committed(group.Count, time.GetElapsedTime(started));
    }

    /// <summary>True when nobody of the group waits any more.</summary>
    private bool GaveUpOn(List<AppendOperation> group, StoreUnavailableException trouble, bool mayBeStored)
    {
        group.RemoveAll(operation =>
        {
            // Stored twice is worse than told to come back: a copy with an id is known then.
            if (!mayBeStored && time.GetElapsedTime(operation.EnqueuedAt) <= Patience)
            {
                return false;
            }

            operation.Fail(trouble);
            return true;
        });
        return group.Count == 0;
    }

    /// <summary>One of them is at fault: told apart by running each alone.</summary>
    private async Task OneByOneAsync(List<AppendOperation> group, Exception failure)
    {
        if (group.Count == 1)
        {
            group[0].Fail(failure);
            return;
        }

        foreach (var operation in group)
        {
            await CommitAsync([operation]);
        }
    }

    private void Report(StoreUnavailableException trouble)
    {
        // One line per trouble, not one per refused webhook.
        if (Interlocked.Exchange(ref _trouble, trouble.Message) != trouble.Message)
        {
            Log.CannotCommit(logger, trouble.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Reason} Senders are told to come back; it recovers by itself once this is mended")]
        public static partial void CannotCommit(ILogger logger, string reason);
    }
}
