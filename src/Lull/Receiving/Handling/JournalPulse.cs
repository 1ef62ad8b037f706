using System.Collections.Immutable;
using System.Threading.Channels;

namespace Lull.Receiving.Handling;

/// <summary>Tells whoever follows the journal that something was added. Rings that nobody has heard yet are one ring.</summary>
internal sealed class JournalPulse
{
    private ImmutableArray<Channel<bool>> _followers = [];

    public void Ring()
    {
        foreach (var follower in _followers)
        {
            follower.Writer.TryWrite(true);
        }
    }

    /// <summary>A bell of one's own; it rings for everything that is stored from now on.</summary>
    public ChannelReader<bool> Follow()
    {
        var bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
        ImmutableInterlocked.Update(ref _followers, followers => followers.Add(bell));
        return bell.Reader;
    }
}
