using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Lull.Receiving.Proving;

namespace Lull.Receiving;

/// <summary>
/// How many webhooks a second one sender may send. A sender is the location where a signature proves it, since many locations share the vendor's addresses; else the remote address,
/// of IPv6 its network.
/// </summary>
internal sealed class SenderLimits : IDisposable
{
    private const int NetworkBytes = 8;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly string[] SignatureHeaders = ["X-Webhook-Signature", "X-Hub-Signature-256", "webhook-signature", AppSignature.Header];

    private readonly PartitionedRateLimiter<string>? _limiter;

    public SenderLimits(ReceivingOptions options)
    {
        if (options.RateLimitPerSender is { } perSecond)
        {
            _limiter = PartitionedRateLimiter.Create<string, string>(sender => RateLimitPartition.GetTokenBucketLimiter(sender, _ => new()
            {
                TokenLimit = perSecond,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = Period,
                QueueLimit = 0,
            }));
        }
    }

    /// <summary>Before the body is read. A signature counts for its location later, so here it only may not come from an address that is used up.</summary>
    /// <returns>Null = go on; else how long the sender should wait.</returns>
    public TimeSpan? OfAddress(HttpRequest request)
        => _limiter is null ? null
            : !IsSigned(request) ? Take(KeyOf(request.HttpContext.Connection))
            : _limiter.GetStatistics(KeyOf(request.HttpContext.Connection)) is { CurrentAvailablePermits: 0 } ? Period : null;

    /// <summary>A signature proved nothing: it counts for the address after all.</summary>
    public void Unproven(HttpRequest request)
    {
        if (IsSigned(request))
        {
            Take(KeyOf(request.HttpContext.Connection));
        }
    }

    /// <summary>Once it is proven by its signature: counts for the location.</summary>
    /// <returns>Null = go on; else how long the sender should wait.</returns>
    public TimeSpan? OfLocation(HttpRequest request, ConversationId? conversation)
        => _limiter is not null && IsSigned(request) && conversation is { Location: var location } ? Take("location " + location) : null;

    public void Dispose() => _limiter?.Dispose();

    private static bool IsSigned(HttpRequest request)
    {
        foreach (var header in SignatureHeaders)
        {
            if (request.Headers.ContainsKey(header))
            {
                return true;
            }
        }

        return false;
    }

    private static string KeyOf(ConnectionInfo sender)
    {
        var address = sender.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6 || address.AddressFamily is not AddressFamily.InterNetworkV6)
        {
            return address.MapToIPv4().ToString();
        }

        // Whoever has one address of a network has all of them.
        return Convert.ToHexString(address.GetAddressBytes().AsSpan(0, NetworkBytes));
    }

    private TimeSpan? Take(string sender)
    {
        if (_limiter is null)
        {
            return null;
        }

        using var lease = _limiter.AttemptAcquire(sender);
        if (lease.IsAcquired)
        {
            return null;
        }

        return lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > Period ? after : Period;
    }
}
