using System.Net;
using Lull.Operating.Access;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Operating;

public sealed class FailureLimitTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void One_subscriber_is_one_address(string failing, string asking, bool refused)
    {
        var limit = new FailureLimit(_time);

        Fail(limit, failing, FailureLimit.Failures);

        Assert.Equal(refused, limit.WaitFor(IPAddress.Parse(asking)) is not null);
    }

    [Fact]
    public void The_minute_begins_with_the_first_failure_and_ends()
    {
        var limit = new FailureLimit(_time);
        Fail(limit, "192.0.2.7", FailureLimit.Failures - 1);
        _time.Advance(TimeSpan.FromSeconds(40));

        Assert.Null(limit.WaitFor(IPAddress.Parse("192.0.2.7")));
        Fail(limit, "192.0.2.7", 1);

        Assert.Equal(TimeSpan.FromSeconds(20), limit.WaitFor(IPAddress.Parse("192.0.2.7")));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(limit.WaitFor(IPAddress.Parse("192.0.2.7")));
        Fail(limit, "192.0.2.7", 1);
        Assert.Null(limit.WaitFor(IPAddress.Parse("192.0.2.7")));
    }

    [Fact]
    public void A_flood_of_addresses_does_not_forget_a_recent_one_while_there_is_room()
    {
        var limit = new FailureLimit(_time);
        for (var address = 0; address < 9_000; address++)
        {
            limit.Failed(new IPAddress(0x0A000000L + address));
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        Fail(limit, "192.0.2.7", FailureLimit.Failures);
        for (var address = 0; address < 9_000; address++)
        {
            limit.Failed(new IPAddress(0x0B000000L + address));
        }

        Assert.NotNull(limit.WaitFor(IPAddress.Parse("192.0.2.7")));
    }

    private static void Fail(FailureLimit limit, string address, int times)
    {
        for (var time = 0; time < times; time++)
        {
            limit.Failed(IPAddress.Parse(address));
        }
    }
}
