using System.Net;
using System.Net.Sockets;

namespace Lull.Hosting;

/// <summary>Says in a sentence why Lull cannot listen, before anything else is started.</summary>
internal static class ListeningPort
{
    private const int Tries = 20;

    /// <summary>Throws when the port is taken or not ours to take. What happens later is told by <see cref="Explain"/>.</summary>
    /// <exception cref="CannotListenException">With what to do next.</exception>
    public static void Probe(HostingOptions options)
    {
        foreach (var address in options.Addresses)
        {
            if (TryBind(address, options.Port) is { } error)
            {
                throw new CannotListenException(Describe(error, address, options.Port));
            }
        }
    }

    /// <summary>The same sentence for the web server's exception; null when it is about something else.</summary>
    public static CannotListenException? Explain(Exception exception, HostingOptions options)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket)
            {
                return new(Describe(socket.SocketErrorCode, options.Addresses[0], options.Port));
            }
        }

        return null;
    }

    /// <summary>Listens and lets go again; null when that works.</summary>
    public static SocketError? TryBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.DualMode = address.Equals(IPAddress.IPv6Any);
        }
        catch (Exception e) when (e is SocketException or NotSupportedException)
        {
            // Only an IPv6 socket has two modes.
        }

        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private static string Describe(SocketError error, IPAddress address, int port) => error switch
    {
        SocketError.AddressAlreadyInUse => $"Port {port} is already in use on {address}. {Suggestion(address, port)}"
            + (port == 5000 ? " On macOS port 5000 belongs to AirPlay Receiver; System Settings can turn that off." : ""),
        SocketError.AccessDenied => $"Port {port} may not be used by this user (ports below 1024 are reserved). Set PORT to a higher one, for example PORT=5000.",
        SocketError.AddressNotAvailable => $"{address} is not an address of this machine. Set HOST to one that is, for example HOST=127.0.0.1.",
        _ => $"Lull cannot listen on {address}, port {port}: {error}. Set HOST and PORT to an address that is free.",
    };

    private static string Suggestion(IPAddress address, int port)
        => Enumerable.Range(port + 1, Tries).Where(other => other <= IPEndPoint.MaxPort).FirstOrDefault(other => TryBind(address, other) is null) is var free and > 0
            ? $"Stop the program that uses it, or set another port: PORT={free}."
            : "Stop the program that uses it, or set PORT to another one.";
}

/// <summary>The address cannot be listened on; the message says why and what to do.</summary>
internal sealed class CannotListenException(string message) : Exception(message);
