using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Lull.Hosting.Clustering;

/// <summary>Where other nodes reach this one, and where it listens for them.</summary>
/// <param name="Advertised">What the others are told.</param>
/// <param name="Listening">On a port of its own where a port mapping says so. That address alone where it is this machine's; every address where it is not, because something in between translates it (NAT, a published container port).</param>
internal sealed record ClusterEndpoint(IPEndPoint Advertised, IPEndPoint Listening)
{
    /// <exception cref="CannotListenException">The name means no address, or the port cannot be listened on; with what to do next.</exception>
    public static ClusterEndpoint Of(ClusterOptions options)
    {
        var address = Resolve(options.Address!);
        var any = address.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        return new(new(address, options.Port), new(IsOfThisMachine(address) ? address : any, options.ListenPort == 0 ? options.Port : options.ListenPort));
    }

    /// <summary>Throws when the port is taken or not ours to take, before anything is started.</summary>
    /// <exception cref="CannotListenException">With what to do next.</exception>
    public void Probe()
    {
        if (ListeningPort.TryBind(Listening.Address, Listening.Port) is { } error)
        {
            throw new CannotListenException(error is SocketError.AddressAlreadyInUse
                ? $"Port {Listening.Port} is already in use on {Listening.Address}. Several nodes on one machine each need a CLUSTER_PORT of their own."
                : $"Lull cannot listen for other nodes on {Listening}: {error}. Set CLUSTER_ADDRESS and CLUSTER_PORT to an address of this machine that is free.");
        }
    }

    private static IPAddress Resolve(string address)
    {
        if (IPAddress.TryParse(address, out var literal))
        {
            return literal;
        }

        try
        {
            // The others are told a number: a name may mean something else to them.
            return Dns.GetHostAddresses(address).OrderBy(found => found.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First();
        }
        catch (Exception e) when (e is SocketException or ArgumentException or InvalidOperationException)
        {
            throw new CannotListenException($"CLUSTER_ADDRESS={address} means no address on this machine. Set it to the IP address at which the other nodes reach this one.");
        }
    }

    private static bool IsOfThisMachine(IPAddress address) => IPAddress.IsLoopback(address)
        || NetworkInterface.GetAllNetworkInterfaces().Any(card => card.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));
}
