using System.Numerics;

namespace Lull.Bench.Load;

/// <summary>Ids that never repeat and come in no order, as a vendor's do. Thread-safe.</summary>
internal sealed class WebhookIds(int messagesPerContact)
{
    private readonly ulong _salt = (ulong)Random.Shared.NextInt64();
    private long _last;

    /// <summary>The next message's number; consecutive ones share a contact.</summary>
    public (ulong Contact, ulong Message) Next()
    {
        var n = Interlocked.Increment(ref _last);
        return (Scatter((ulong)((n - 1) / messagesPerContact)), Scatter((ulong)n | 1UL << 63));
    }

    /// <summary>A one-to-one mapping, so that what went in different comes out different.</summary>
    private ulong Scatter(ulong n)
    {
        n = (n ^ _salt) * 0x9E3779B97F4A7C15;
        n = (n ^ (n >> 32)) * 0xD6E8FEB86659FD93;
        return BitOperations.RotateLeft(n ^ (n >> 32), 17);
    }
}
