using FsCheck.Xunit;
using Lull.Conversations;

namespace Lull.Tests.Conversations;

public sealed class BackoffProperties
{
    [Property]
    public bool The_wait_is_never_more_than_a_minute_unless_asked_for(byte failures, byte jitter)
        => Backoff.After(failures, null, jitter / 255d) is var wait && wait > TimeSpan.Zero && wait <= TimeSpan.FromMinutes(1);

    [Property]
    public bool What_was_asked_for_is_never_undercut(byte failures, ushort asked, byte jitter)
    {
        var least = TimeSpan.FromSeconds(asked % 900);
        return Backoff.After(failures, least, jitter / 255d) >= least;
    }

    [Property]
    public bool More_failures_never_wait_less(byte failures, byte jitter)
        => Backoff.After(failures, null, jitter / 255d) <= Backoff.After(failures + 1, null, jitter / 255d);

    [Fact]
    public void An_absurd_retry_after_is_cut_to_a_quarter_of_an_hour()
        => Assert.Equal(TimeSpan.FromMinutes(15), Backoff.After(0, TimeSpan.FromDays(3), 0));
}
