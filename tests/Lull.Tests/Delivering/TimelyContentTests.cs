using Lull.Delivering;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Delivering;

/// <summary>A send whose lease would not outlast it writes not a byte of its body.</summary>
public sealed class TimelyContentTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_is_written_in_time_or_not_at_all()
    {
        var beginBy = _time.GetTimestamp() + (8 * _time.TimestampFrequency);
        using var content = new TimelyContent([1, 2, 3], beginBy, _time);
        using var written = new MemoryStream();

        _time.Advance(TimeSpan.FromSeconds(8));
        await content.CopyToAsync(written, Cancelled);
        Assert.Equal(3, written.Length);

        _time.Advance(TimeSpan.FromTicks(1));
        await Assert.ThrowsAsync<TooLateException>(() => content.CopyToAsync(written, Cancelled));
        Assert.Equal(3, written.Length);
    }

    [Fact]
    public async Task Without_a_lease_there_is_no_hurry()
    {
        using var content = new TimelyContent([1, 2, 3], null, _time);
        using var written = new MemoryStream();
        _time.Advance(TimeSpan.FromDays(1));

        await content.CopyToAsync(written, Cancelled);

        Assert.Equal([1, 2, 3], written.ToArray());
    }
}
