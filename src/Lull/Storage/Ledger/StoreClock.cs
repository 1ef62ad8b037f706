namespace Lull.Storage.Ledger;

/// <summary>
/// The store's clock: the wall time at the start plus what the monotonic clock has counted since, so that a jump of the machine's clock moves nothing;
/// never behind the newest row a former process stored.
/// </summary>
internal sealed class StoreClock(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private DateTimeOffset _origin = Truncate(time.GetUtcNow());

    public DateTimeOffset Now => Truncate(_origin + time.GetElapsedTime(_started));

    /// <summary>Called once, before the first use, with the newest instant the store holds.</summary>
    public void NotBefore(DateTimeOffset newest)
    {
        if (newest > _origin)
        {
            _origin = newest;
        }
    }

    private static DateTimeOffset Truncate(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds().ToInstant();
}
