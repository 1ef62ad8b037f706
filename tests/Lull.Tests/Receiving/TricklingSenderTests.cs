using System.Net.Sockets;
using System.Text;
using Lull.Receiving;

namespace Lull.Tests.Receiving;

public sealed class TricklingSenderTests
{
    private const string Body = """{"type":"contact.reply","contact":{"id":"c"},"message":"hello"}""";

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_that_does_not_end_is_given_up_after_ten_seconds()
    {
        await using var server = await ReceivingServer.StartAsync(kestrel: true);
        using var socket = await ConnectAsync(server);
        await SendAsync(socket, Head(Body.Length) + Body[..20]);

        await server.Time.RunOutAsync(WebhookBodyReader.MaxWait);

        Assert.StartsWith("HTTP/1.1 408", await new StreamReader(socket.GetStream()).ReadLineAsync(Deadline), StringComparison.Ordinal);
        Assert.Empty(server.Store.Arrivals);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sender_that_hangs_up_leaves_nothing_behind(bool chunked)
    {
        await using var server = await ReceivingServer.StartAsync(kestrel: true);
        using (var socket = await ConnectAsync(server))
        {
            await SendAsync(socket, chunked ? $"{Start}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n{Body}\r\n" : Head(Body.Length + 1) + Body);
            socket.LingerState = new(true, 0);
        }

        using var next = await server.PostAsync("""{"type":"contact.reply","contact":{"id":"next"},"message":"hello"}""");

        Assert.Equal("batched", await next.OutcomeAsync());
        Assert.Equal("next", Assert.Single(server.Store.Arrivals).Conversation!.Value.Contact);
    }

    private const string Start = "POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    private static string Head(int length) => $"{Start}Content-Length: {length}\r\n\r\n";

    private static async Task<TcpClient> ConnectAsync(ReceivingServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port, Deadline);
        return client;
    }

    private static Task SendAsync(TcpClient client, string text) => client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text), Deadline).AsTask();
}
