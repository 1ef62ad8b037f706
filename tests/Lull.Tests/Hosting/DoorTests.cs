using System.Net;
using System.Text;

namespace Lull.Tests.Hosting;

/// <summary>Who gets through the doors of the whole process: strangers behind a proxy, pages of other origins.</summary>
public sealed class DoorTests
{
    private const string Hello = """{"type":"contact.reply","contact":{"id":"c1"},"message":"hello"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("X-Forwarded-For", "127.0.0.1, 127.0.0.1")]
    [InlineData("X-Forwarded-For", "nonsense")]
    [InlineData("X-Forwarded-Host", "localhost")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    public async Task Without_secrets_what_came_through_a_trusted_proxy_is_not_local(string header, string value)
    {
        await using var lull = await RunningLull.StartAsync(null, ("TRUSTED_PROXIES", "127.0.0.1"));

        Assert.Equal(HttpStatusCode.OK, await SendAsync(lull, HttpMethod.Get, "queue-status"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(lull, HttpMethod.Post, "webhook"));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(lull, HttpMethod.Get, "queue-status", (header, value)));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(lull, HttpMethod.Post, "webhook", (header, value)));
    }

    [Fact]
    public async Task A_page_of_a_foreign_origin_sends_no_webhooks_through_its_visitors_browser()
    {
        await using var lull = await RunningLull.StartAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(lull, HttpMethod.Post, "webhook", ("Origin", "https://evil.example.com")));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(lull, HttpMethod.Post, "webhook", ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(lull, HttpMethod.Post, "webhook", ("Origin", "http://localhost:3000")));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(lull, HttpMethod.Get, "health", ("Origin", "https://evil.example.com")));
    }

    private static async Task<HttpStatusCode> SendAsync(RunningLull lull, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = method == HttpMethod.Post ? new StringContent(Hello, Encoding.UTF8, "application/json") : null;
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await lull.Client.SendAsync(request, Token);
        return response.StatusCode;
    }
}
