using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lull.Bench.Load;

/// <summary>One keep-alive connection with at most one webhook under way: HTTP/1.1 on a plain socket that never blocks.</summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly WebhookRequest _request;
    private int _length;

    private LoadConnection(Uri server) => _request = new(server);

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>From when the time of what is under way counts.</summary>
    public long CountedFrom { get; set; }

    public static LoadConnection Open(Uri server)
    {
        if (!server.IsLoopback)
        {
            throw new BenchException("The load is for this machine only.");
        }

        var connection = new LoadConnection(server);
        try
        {
            connection.Socket.Connect(IPAddress.Loopback, server.Port);
            connection.Socket.Blocking = false;
            return connection;
        }
        catch (SocketException exception)
        {
            connection.Dispose();
            throw new BenchException($"{server} takes no connection: {exception.Message}");
        }
    }

    /// <summary>Sends one new message.</summary>
    public void Send(WebhookIds ids)
    {
        var (contact, message) = ids.Next();
        var request = _request.With(contact, message);
        _length = 0;
        if (Socket.Send(request, SocketFlags.None, out var error) != request.Length)
        {
            throw new BenchException($"A webhook could not be sent: {error}");
        }
    }

    /// <summary>Reads what has come.</summary>
    /// <returns>True once the acknowledgement is all there.</returns>
    /// <exception cref="BenchException">It says anything but that a new message is stored.</exception>
    public bool Receive()
    {
        var read = Socket.Receive(_buffer.AsSpan(_length), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return false;
        }

        if (error != SocketError.Success || read == 0)
        {
            throw new BenchException($"The connection was closed in the middle of an answer: {error}, {Text()}");
        }

        _length += read;
        var reply = _buffer.AsSpan(0, _length);
        if (!WebhookReply.IsComplete(reply))
        {
            return false;
        }

        return WebhookReply.IsAcknowledged(reply) ? true : throw new BenchException($"A webhook was not acknowledged: {Text()}");
    }

    public void Dispose() => Socket.Dispose();

    private string Text() => Encoding.ASCII.GetString(_buffer, 0, Math.Min(_length, 600));
}
