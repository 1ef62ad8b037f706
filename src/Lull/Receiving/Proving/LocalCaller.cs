using System.Net;

namespace Lull.Receiving.Proving;

/// <summary>Tells a caller on this machine from one that came through a proxy or a tunnel.</summary>
internal static class LocalCaller
{
    /// <summary>True when nothing shows that the request comes from elsewhere: loopback peer, loopback <c>Host</c>, no forwarding header.</summary>
    public static bool IsLocal(HttpRequest request)
        => request.HttpContext.Connection.RemoteIpAddress is not { } peer || IPAddress.IsLoopback(peer)
            ? IsLoopback(request.Host.Host) && !IsForwarded(request.Headers)
            : false;

    private static bool IsForwarded(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            if (IsForwarding(name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsForwarding(string header)
        => header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
            || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
            || header.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase);

    private static bool IsLoopback(string host)
        => host is "127.0.0.1"
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
