using Lull.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Hosting;

public sealed class ScaledTimeProviderTests
{
    private readonly FakeTimeProvider _real = new(new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ScaledTimeProvider _scaled;

    public ScaledTimeProviderTests() => _scaled = new(_real, 100);

    [Fact]
    public void Instants_and_elapsed_times_run_so_many_times_as_fast()
    {
        var (start, stamp) = (_scaled.GetUtcNow(), _scaled.GetTimestamp());

        _real.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(_real.Start, start);
        Assert.Equal(start + TimeSpan.FromSeconds(300), _scaled.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(300), _scaled.GetElapsedTime(stamp));
    }

    [Fact]
    public void Clocks_made_at_different_moments_agree_when_they_are_told_since_when()
    {
        var since = new DateTimeOffset(2026, 1, 1, 11, 0, 0, TimeSpan.Zero);
        var first = new ScaledTimeProvider(_real, 100, since);
        _real.Advance(TimeSpan.FromSeconds(3));

        var second = new ScaledTimeProvider(_real, 100, since);

        Assert.Equal(since + TimeSpan.FromSeconds(100 * 3_603), second.GetUtcNow());
        Assert.Equal(second.GetUtcNow(), first.GetUtcNow());
    }

    [Fact]
    public void A_timer_fires_when_the_scaled_clock_says_so_and_again_after_its_period()
    {
        var fired = 0;
        using var timer = _scaled.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));

        _real.Advance(TimeSpan.FromMilliseconds(299));
        Assert.Equal(0, fired);
        _real.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, fired);
        _real.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, fired);
    }

    [Fact]
    public void A_timer_can_be_moved_and_stopped()
    {
        var fired = 0;
        using var timer = _scaled.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(30), Timeout.InfiniteTimeSpan);

        timer.Change(TimeSpan.FromSeconds(60), Timeout.InfiniteTimeSpan);
        _real.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, fired);
        _real.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, fired);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _real.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, fired);
    }

    [Fact]
    public void A_wait_that_scales_to_less_than_a_millisecond_is_neither_endless_nor_a_spin()
    {
        var fired = 0;
        using var timer = _scaled.CreateTimer(_ => fired++, null, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(5));

        _real.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Equal(10, fired);
    }
}
