using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Lull.Tests.Operating;

public sealed class PathIdsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Theory]
    [InlineData("contact_123", "contact_123")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("a%2fb", "a/b")]
    [InlineData("100%25", "100%")]
    [InlineData("%C3%BC%20%2B", "ü +")]
    [InlineData("a+b", "a+b")]
    [InlineData("a%3Fb%23c", "a?b#c")]
    public async Task An_id_in_a_path_is_decoded_exactly_once(string encoded, string contact)
    {
        var server = shared.Local;
        server.Store.Contacts.Clear();
        server.Store.Contacts.Add(new("default", contact));

        var (status, body) = await server.GetAsync($"/batch-status/{encoded}?location=default");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(contact, (string?)JsonNode.Parse(body)!["contact_id"]);
    }

    [Fact]
    public async Task The_ids_before_further_segments_are_decoded_too()
    {
        var server = shared.Local;
        server.Store.Contacts.Clear();
        server.Store.Contacts.Add(new("default", "a%2Fb"));

        var (status, _) = await server.PostAsync("/conversations/a%252Fb/pause");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("paused", server.Store.Silences[new("default", "a%2Fb")].Reason);
    }

    [Fact]
    public async Task A_target_in_absolute_form_is_understood()
    {
        var server = shared.Local;
        server.Store.Contacts.Clear();
        server.Store.Contacts.Add(new("default", "a%2Fb"));
        var port = server.Http.BaseAddress!.Port;
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);

        var request = $"GET http://127.0.0.1:{port}/batch-status/a%252Fb HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n";
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(tcp.GetStream());

        Assert.Contains("\"contact_id\":\"a%2Fb\"", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
