using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>
/// The database's clock as this node knows it: what it last said, plus what the monotonic clock has counted since. What is decided in a statement is decided
/// by the database's own clock there; only a test's clock is told to it.
/// </summary>
internal sealed class PostgresClock(TimeProvider time)
{
    private readonly bool _isTold = time != TimeProvider.System;
    private readonly StoreClock _told = new(time);
    private Reading _last = new(time.GetUtcNow(), time.GetTimestamp());
    private long _floor;

    public DateTimeOffset Now
    {
        get
        {
            if (_isTold)
            {
                return _told.Now;
            }

            var last = Volatile.Read(ref _last);
            var now = (last.At + time.GetElapsedTime(last.Counted)).ToColumn();
            return Math.Max(now, Volatile.Read(ref _floor)).ToInstant();
        }
    }

    /// <summary>The parameter of <c>lull.now_ms</c>: null, unless a test moves the clock.</summary>
    public long? Told => _isTold ? _told.Now.ToColumn() : null;

    /// <summary>The clock is not behind what is stored.</summary>
    public void NotBefore(DateTimeOffset newest)
    {
        _told.NotBefore(newest);
        Volatile.Write(ref _floor, newest.ToColumn());
    }

    /// <summary>What a statement just read.</summary>
    public DateTimeOffset Saw(long milliseconds)
    {
        var now = milliseconds.ToInstant();
        Volatile.Write(ref _last, new(now, time.GetTimestamp()));
        return now;
    }

    /// <summary>Asks the database.</summary>
    public async Task<DateTimeOffset> ReadAsync(PostgresSession sql) => Saw((await sql.NumberAsync("SELECT lull.now_ms($1)", Told))!.Value);

    private sealed record Reading(DateTimeOffset At, long Counted);
}
