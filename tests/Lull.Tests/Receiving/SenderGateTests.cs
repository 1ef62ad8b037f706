using System.Net;
using System.Text;
using Lull.Receiving;

namespace Lull.Tests.Receiving;

public sealed class SenderGateTests
{
    private const string Secret = "a-very-secret-word", Hello = """{"contact_id":"c","message":"hello"}""";
    private static readonly ReceivingOptions Asking = new() { WebhookSecrets = [Secret, "the-next-one"] };

    [Fact]
    public async Task A_configured_secret_must_be_known()
    {
        await using var server = await ReceivingServer.StartAsync(Asking);

        using var unproven = await server.PostAsync(Hello);
        using var proven = await server.PostAsync(Hello, headers: ("X-Webhook-Secret", Secret));

        Assert.Equal(HttpStatusCode.Unauthorized, unproven.StatusCode);
        Assert.False((await unproven.JsonAsync()).TryGetProperty("detail", out _));
        Assert.Equal("batched", await proven.OutcomeAsync());
        Assert.Single(server.Store.Entries);
    }

    [Fact]
    public async Task Secrets_reach_neither_store_nor_log()
    {
        await using var server = await ReceivingServer.StartAsync(Asking);

        using var inBody = await server.PostAsync($$$"""{"contact_id":"c","message":"{{{Secret}}}","customData":{"secret":"{{{Secret}}}"}}""");
        using var inAddress = await server.PostAsync($"/webhook?secret={Secret}", Encoding.UTF8.GetBytes(Hello), "application/json", ("X-Note", Secret), ("Referer", $"https://x.invalid/?secret={Secret}"));
        using var inForm = await server.PostAsync($"contact_id=f&message=hi&customData[secret]={Secret}", "application/x-www-form-urlencoded");
        using var inHeaders = await server.PostAsync(
            """{"contact_id":"h","message":"x"}""", "application/json",
            ("Authorization", $"Bearer {Secret}"), ("Cookie", "session=1"), ("X-Webhook-Signature", "sha256=00"), ("X-Api-Key", "k"), ("X-Plain", "kept"));
        using var rejected = await server.PostAsync($$$"""{"contact_id":7,"customData":{"secret":"{{{Secret}}}"}}""");

        Assert.All([inBody, inAddress, inForm, inHeaders], response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(HttpStatusCode.BadRequest, rejected.StatusCode);
        Assert.Equal(5, server.Store.Entries.Count);
        Assert.All(server.Store.Entries, entry => Assert.DoesNotContain(Secret, entry.Headers + Encoding.UTF8.GetString(entry.Body), StringComparison.Ordinal));
        Assert.Equal("""{"contact_id":"c","message":"[removed]","customData":{"secret":"[removed]"}}""", Encoding.UTF8.GetString(server.Store.Entries[0].Body));
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains(Secret, StringComparison.Ordinal));
        var headers = server.Store.Entries[3].Headers;
        Assert.Contains("\"x-plain\":\"kept\"", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("authorization", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("cookie", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("signature", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("x-api-key", headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unproven_webhooks_are_logged_once_a_minute_with_the_likely_cause()
    {
        await using var server = await ReceivingServer.StartAsync(Asking);

        for (var i = 0; i < 3; i++)
        {
            using var refused = await server.PostAsync(Hello, headers: ("X-Webhook-Secret", "guess"));
        }

        server.Time.Advance(TimeSpan.FromMinutes(1));
        using var later = await server.PostAsync(Hello);

        var lines = server.Log.Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("1 unproven webhook(s)", lines[0], StringComparison.Ordinal);
        Assert.Contains("its secret is none of WEBHOOK_SECRET", lines[0], StringComparison.Ordinal);
        Assert.Contains("3 unproven webhook(s)", lines[1], StringComparison.Ordinal);
        Assert.Contains("brings no proof", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("guess", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("Host", "abc.ngrok.invalid")]
    public async Task Without_a_secret_a_forwarded_webhook_is_refused(string header, string value)
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.PostAsync(Hello, headers: (header, value));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains(server.Log.Lines, line => line.Contains("WEBHOOK_SECRET", StringComparison.Ordinal));
        Assert.Empty(server.Store.Entries);
    }

    [Fact]
    public async Task On_a_reachable_address_the_operator_may_choose_to_ask_nothing()
    {
        await using var server = await ReceivingServer.StartAsync(new() { ListensOnLoopback = false });

        using var response = await server.PostAsync(Hello, headers: ("X-Forwarded-For", "203.0.113.9"));

        Assert.Equal("batched", await response.OutcomeAsync());
    }
}
