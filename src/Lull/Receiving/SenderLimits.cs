using System.Net;
using System.Threading.RateLimiting;

namespace Lull.Receiving;

/// <summary>How many webhooks a second one sender may send.</summary>
internal sealed class SenderLimits : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly PartitionedRateLimiter<IPAddress>? _limiter;

    public SenderLimits(ReceivingOptions options)
    {
        if (options.RateLimitPerSender is { } perSecond)
        {
            _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(sender => RateLimitPartition.GetTokenBucketLimiter(sender, _ => new()
            {
                TokenLimit = perSecond,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = Period,
                QueueLimit = 0,
            }));
        }
    }

    /// <summary>Null = go on; else how long the sender should wait.</summary>
    public TimeSpan? Refusal(ConnectionInfo sender)
    {
        if (_limiter is null)
        {
            return null;
        }

        var address = sender.RemoteIpAddress ?? IPAddress.None;
        using var lease = _limiter.AttemptAcquire(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        if (lease.IsAcquired)
        {
            return null;
        }

        return lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > Period ? after : Period;
    }

    public void Dispose() => _limiter?.Dispose();
}
