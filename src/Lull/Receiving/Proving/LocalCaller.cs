using System.Net;

namespace Lull.Receiving.Proving;

/// <summary>Tells a caller on this machine from one that came through a proxy or a tunnel.</summary>
internal static class LocalCaller
{
    private static readonly string[] ProxyPrefixes = ["X-Forwarded-", "X-Original-"];

    /// <summary>True when nothing shows that the request comes from elsewhere: loopback peer, loopback <c>Host</c>, no forwarding header.</summary>
    public static bool IsLocal(HttpRequest request)
        => request.HttpContext.Connection.RemoteIpAddress is not { } peer || IPAddress.IsLoopback(peer)
            ? IsLoopback(request.Host.Host) && !request.Headers.Keys.Any(IsForwarding)
            : false;

    private static bool IsForwarding(string header)
        => header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
            || Array.Exists(ProxyPrefixes, prefix => header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static bool IsLoopback(string host)
        => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
