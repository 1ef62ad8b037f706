using System.Numerics;

namespace Lull.Bench.Load;

/// <summary>Ids that never repeat and come in no order, as a vendor's do: many contacts write at the same time, each some messages. One thread's at a time.</summary>
/// <param name="meanMessages">How many messages a contact writes, in the mean; each writes from 1 to twice this less 1.</param>
internal sealed class WebhookIds(int meanMessages)
{
    /// <summary>How many contacts write by turns, so that two messages of one contact are not under way at once.</summary>
    private const int WritingAtOnce = 1024;

    private readonly ulong _salt = (ulong)Random.Shared.NextInt64();
    private readonly (ulong Contact, int Left)[] _writing = new (ulong, int)[WritingAtOnce];

    /// <summary>How many messages were given out.</summary>
    public long Messages { get; private set; }

    /// <summary>How many contacts they are from.</summary>
    public long Contacts { get; private set; }

    /// <summary>The next message of whoever's turn it is.</summary>
    public (ulong Contact, ulong Message) Next()
    {
        ref var writing = ref _writing[Messages % WritingAtOnce];
        if (writing.Left == 0)
        {
            writing = (Scatter((ulong)Contacts), 1 + (int)(Contacts % ((2 * meanMessages) - 1)));
            Contacts++;
        }

        writing.Left--;
        return (writing.Contact, Scatter((ulong)Messages++ | 1UL << 63));
    }

    /// <summary>A one-to-one mapping, so that what went in different comes out different.</summary>
    private ulong Scatter(ulong n)
    {
        n = (n ^ _salt) * 0x9E3779B97F4A7C15;
        n = (n ^ (n >> 32)) * 0xD6E8FEB86659FD93;
        return BitOperations.RotateLeft(n ^ (n >> 32), 17);
    }
}
