using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lull.Bench.Load;

/// <summary>One keep-alive connection that sends a webhook and waits for its acknowledgement: HTTP/1.1 on a plain socket, because the load shares the servers' cores.</summary>
internal sealed class WebhookSender : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly WebhookRequest _request;
    private readonly WebhookIds _ids;

    private WebhookSender(Uri server, WebhookIds ids)
    {
        _request = new(server);
        _ids = ids;
    }

    public static async Task<WebhookSender> ConnectAsync(Uri server, WebhookIds ids, CancellationToken cancellationToken)
    {
        if (!server.IsLoopback)
        {
            throw new BenchException("The load is for this machine only.");
        }

        var sender = new WebhookSender(server, ids);
        try
        {
            await sender._socket.ConnectAsync(IPAddress.Loopback, server.Port, cancellationToken);
            return sender;
        }
        catch (SocketException exception)
        {
            sender.Dispose();
            throw new BenchException($"{server} takes no connection: {exception.Message}");
        }
    }

    /// <summary>Sends one new message and returns once it is acknowledged as stored.</summary>
    /// <exception cref="BenchException">Anything else came back, or nothing.</exception>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        var (contact, message) = _ids.Next();
        try
        {
            await _socket.SendAsync(_request.With(contact, message), SocketFlags.None, cancellationToken);
            var length = 0;
            do
            {
                var read = await _socket.ReceiveAsync(_buffer.AsMemory(length), SocketFlags.None, cancellationToken);
                length += read == 0 ? throw new BenchException($"The connection was closed in the middle of an answer: {Text(length)}") : read;
            }
            while (!WebhookReply.IsComplete(_buffer.AsSpan(0, length)));

            if (!WebhookReply.IsAcknowledged(_buffer.AsSpan(0, length)))
            {
                throw new BenchException($"A webhook was not acknowledged: {Text(length)}");
            }
        }
        catch (SocketException exception)
        {
            throw new BenchException($"The connection broke: {exception.Message}");
        }
    }

    public void Dispose() => _socket.Dispose();

    private string Text(int length) => Encoding.ASCII.GetString(_buffer, 0, Math.Min(length, 600));
}
