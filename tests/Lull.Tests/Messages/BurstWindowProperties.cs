using FsCheck.Xunit;

namespace Lull.Tests.Messages;

public sealed class BurstWindowProperties
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Property]
    public bool A_burst_never_ends_before_its_last_message(byte wait, short maxWait, byte count, ushort span)
        => Window(wait, maxWait).EndsAt(Start, Start.AddSeconds(span), count + 1) is var end && (end >= Start.AddSeconds(span) || end == Window(wait, maxWait).CapAt(Start));

    [Property]
    public bool A_burst_never_ends_after_its_cap_unless_it_is_full(byte wait, short maxWait, ushort span)
        => Window(wait, maxWait).EndsAt(Start, Start.AddSeconds(span), 1) <= Window(wait, maxWait).CapAt(Start);

    [Property]
    public bool One_message_waits_exactly_the_silence(byte wait, short maxWait)
        => Window(wait, maxWait).EndsAt(Start, Start, 1) == Start.AddSeconds(wait);

    [Property]
    public bool Another_message_never_brings_the_end_nearer(byte wait, short maxWait, ushort span, ushort more)
    {
        var window = Window(wait, maxWait);
        return window.EndsAt(Start, Start.AddSeconds(span), 1) <= window.EndsAt(Start, Start.AddSeconds(span + more), 2);
    }

    [Property]
    public bool The_cap_is_never_below_the_wait(byte wait, short maxWait) => Window(wait, maxWait).CapAt(Start) >= Start.AddSeconds(wait);

    [Fact]
    public void A_full_burst_ends_with_its_last_message()
        => Assert.Equal(Start.AddSeconds(3), Window(30, 120).EndsAt(Start, Start.AddSeconds(3), 1000));

    private static BurstWindow Window(byte wait, short maxWait) => new(TimeSpan.FromSeconds(wait), TimeSpan.FromSeconds(maxWait), 1000);
}
