namespace Lull.Hosting;

/// <summary>A clock that starts now and runs <paramref name="speed"/> times as fast as <paramref name="real"/>: instants, elapsed times and timers alike.</summary>
/// <param name="speed">At least 1.</param>
/// <param name="since">When it showed the real time, so that several processes' clocks agree; null = when it was made.</param>
internal sealed class ScaledTimeProvider(TimeProvider real, int speed, DateTimeOffset? since = null) : TimeProvider
{
    private readonly DateTimeOffset _startedAt = since is { } from ? from + (real.GetUtcNow() - from) * speed : real.GetUtcNow();
    private readonly long _startStamp = real.GetTimestamp();

    /// <summary>So many more ticks a second would overflow, so a tick stays as long and the count runs faster.</summary>
    public override long TimestampFrequency => real.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => real.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => _startedAt + real.GetElapsedTime(_startStamp) * speed;

    public override long GetTimestamp() => _startStamp + (real.GetTimestamp() - _startStamp) * speed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => new ScaledTimer(real.CreateTimer(callback, state, Scale(dueTime, speed), Scale(period, speed)), speed);

    // A timer must not become an endless or an immediate one by rounding.
    private static TimeSpan Scale(TimeSpan time, int speed)
        => time <= TimeSpan.Zero ? time : TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(time.TotalMilliseconds / speed)));

    private sealed class ScaledTimer(ITimer timer, int speed) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Scale(dueTime, speed), Scale(period, speed));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
