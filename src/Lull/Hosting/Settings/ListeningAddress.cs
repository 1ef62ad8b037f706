using System.Net;
using System.Net.Sockets;

namespace Lull.Hosting.Settings;

/// <summary>What the text of <c>HOST</c> stands for.</summary>
internal static class ListeningAddress
{
    /// <summary>The addresses to listen on; empty when the name cannot be resolved.</summary>
    public static IReadOnlyList<IPAddress> Resolve(string host)
    {
        if (host is "*" or "+")
        {
            return [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any];
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [IPAddress.Loopback];
        }

        try
        {
            return [.. Dns.GetHostAddresses(host).Distinct()];
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>The address as it stands in a URL that works on this machine.</summary>
    public static string InUrl(IPAddress address)
    {
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            return "127.0.0.1";
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
    }
}
