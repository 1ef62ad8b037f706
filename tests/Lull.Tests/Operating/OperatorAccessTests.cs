using System.Net;
using Lull.Operating;

namespace Lull.Tests.Operating;

public sealed class OperatorAccessTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Token = "first-token-of-the-operator";
    private static readonly OperatingOptions Guarded = new() { AdminTokens = [Token, "second-token-of-the-operator"] };

    [Theory]
    [InlineData("Bearer first-token-of-the-operator", HttpStatusCode.OK)]
    [InlineData("bearer second-token-of-the-operator", HttpStatusCode.OK)]
    [InlineData("Bearer first-token-of-the-operato", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer ", HttpStatusCode.Unauthorized)]
    [InlineData("Basic first-token-of-the-operator", HttpStatusCode.Unauthorized)]
    [InlineData("first-token-of-the-operator", HttpStatusCode.Unauthorized)]
    public async Task With_tokens_only_one_of_them_opens(string authorization, HttpStatusCode expected)
    {
        await using var server = await OperatingServer.StartAsync(Guarded);

        using var answer = await server.SendAsync(HttpMethod.Get, "/queue-status", null, ("Authorization", authorization));

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.Unauthorized, answer.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme == "Bearer"));
        Assert.DoesNotContain(server.Log, line => line.Contains("token-of-the-operat", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_token_the_answer_is_a_problem_document_even_locally()
    {
        await using var server = await OperatingServer.StartAsync(Guarded);

        JsonAssert.Problem(await server.GetAsync("/queue-status"), HttpStatusCode.Unauthorized, "token-required");
    }

    [Fact]
    public async Task After_ten_failures_in_a_minute_an_address_may_fail_no_more_but_the_right_token_still_opens()
    {
        await using var server = await OperatingServer.StartAsync(Guarded);
        for (var attempt = 0; attempt < 10; attempt++)
        {
            JsonAssert.Problem(await server.GetAsync("/config"), HttpStatusCode.Unauthorized, "token-required");
        }

        using var refused = await server.SendAsync(HttpMethod.Get, "/config", null, ("Authorization", "Bearer guess"));
        using var right = await server.SendAsync(HttpMethod.Get, "/config", null, ("Authorization", $"Bearer {Token}"));
        using var other = await server.SendAsync(HttpMethod.Get, "/config", null, ("Authorization", "Bearer guess"), (OperatingServer.Peer, "192.0.2.7"));
        server.Time.Advance(TimeSpan.FromMinutes(1));
        using var later = await server.SendAsync(HttpMethod.Get, "/config", null, ("Authorization", "Bearer guess"));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("60", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, later.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:5000", null, HttpStatusCode.OK)]
    [InlineData("127.0.0.1", "localhost:5000", null, HttpStatusCode.OK)]
    [InlineData("::1", "[::1]:5000", null, HttpStatusCode.OK)]
    [InlineData("::ffff:127.0.0.1", "localhost", null, HttpStatusCode.OK)]
    [InlineData("127.0.0.1", "lull.example.com", null, HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", "localhost.example.com", null, HttpStatusCode.Forbidden)]
    [InlineData("192.0.2.7", "localhost", null, HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", "localhost", "X-Forwarded-For", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", "localhost", "x-forwarded-proto", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", "localhost", "Forwarded", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", "localhost", "X-Original-For", HttpStatusCode.Forbidden)]
    public async Task Without_tokens_only_a_local_unforwarded_caller_is_the_operator(string peer, string host, string? forwarding, HttpStatusCode expected)
    {
        var server = shared.Local;
        (string, string)[] headers = [(OperatingServer.Peer, peer), ("Host", host), .. forwarding is null ? [] : new[] { (forwarding, "192.0.2.9") }];

        using var answer = await server.SendAsync(HttpMethod.Get, "/queue-status", null, headers);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.Forbidden, body.Contains("ADMIN_TOKEN", StringComparison.Ordinal));
    }

    [Fact]
    public async Task By_explicit_choice_anybody_is_the_operator()
    {
        await using var server = await OperatingServer.StartAsync(new() { AllowInsecure = true });

        using var answer = await server.SendAsync(HttpMethod.Get, "/queue-status", null, (OperatingServer.Peer, "192.0.2.7"), ("Host", "lull.example.com"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example.com", null, HttpStatusCode.Forbidden)]
    [InlineData("null", null, HttpStatusCode.Forbidden)]
    [InlineData(null, "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("https://evil.example.com", "same-origin", HttpStatusCode.Forbidden)]
    [InlineData(null, "same-origin", HttpStatusCode.OK)]
    [InlineData(null, "none", HttpStatusCode.OK)]
    [InlineData(null, null, HttpStatusCode.OK)]
    [InlineData("http://localhost:3000", "cross-site", HttpStatusCode.OK)]
    public async Task A_page_of_a_foreign_origin_changes_nothing_on_a_laptop(string? origin, string? site, HttpStatusCode expected)
    {
        var server = shared.Local;
        server.Store.Pauses.Clear();
        (string, string)[] headers =
            [.. origin is null ? [] : new[] { ("Origin", origin) }, .. site is null ? [] : new[] { ("Sec-Fetch-Site", site) }];

        using var answer = await server.SendAsync(HttpMethod.Post, "/pause", null, headers);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? 1 : 0, server.Store.Pauses.Count);
    }

    [Theory]
    [InlineData("https://app.example.com", HttpStatusCode.OK)]
    [InlineData("https://lull.example.com", HttpStatusCode.OK)]
    [InlineData("https://lull.example.com:8443", HttpStatusCode.Forbidden)]
    [InlineData("https://other.example.com", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost:3000", HttpStatusCode.Forbidden)]
    public async Task With_a_token_the_configured_origins_and_our_own_may_change_things(string origin, HttpStatusCode expected)
    {
        await using var server = await OperatingServer.StartAsync(Guarded with { CorsOrigins = ["https://app.example.com"], ListensOnLoopback = false });

        using var answer = await server.SendAsync(
            HttpMethod.Post, "/pause", null, ("Authorization", $"Bearer {Token}"), ("Origin", origin), ("Host", "lull.example.com"), ("Sec-Fetch-Site", "cross-site"));

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("https://evil.example.com", false)]
    public async Task Browsers_are_told_that_local_pages_may_read(string origin, bool admitted)
    {
        var server = shared.Local;

        using var answer = await server.SendAsync(
            HttpMethod.Options, "/batch-config", null, ("Origin", origin), ("Access-Control-Request-Method", "DELETE"), ("Access-Control-Request-Headers", "authorization"));

        Assert.Equal(admitted, answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) && allowed.Single() == origin);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/")]
    [InlineData("/docs/")]
    [InlineData("/openapi/v1.json")]
    public async Task What_is_open_to_all_needs_no_token(string path)
    {
        await using var server = await OperatingServer.StartAsync(Guarded);

        using var answer = await server.SendAsync(HttpMethod.Get, path, null, (OperatingServer.Peer, "192.0.2.7"), ("Host", "lull.example.com"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task What_others_map_into_the_group_is_guarded_too()
    {
        await using var server = await OperatingServer.StartAsync(Guarded);

        var (status, _) = await server.GetAsync("/guarded-by-the-group");
        using var opened = await server.SendAsync(HttpMethod.Get, "/guarded-by-the-group", null, ("Authorization", $"Bearer {Token}"));

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task Every_endpoint_but_the_open_ones_asks_for_the_token()
    {
        await using var server = await OperatingServer.StartAsync(Guarded);
        var (_, document) = await server.GetAsync("/openapi/v1.json");
        string[] open = ["/", "/health", "/health/live"];

        foreach (var (path, methods) in System.Text.Json.Nodes.JsonNode.Parse(document)!["paths"]!.AsObject().Where(path => !open.Contains(path.Key)))
        {
            foreach (var (method, _) in methods!.AsObject())
            {
                using var answer = await server.SendAsync(new(method.ToUpperInvariant()), path.Replace("{", string.Empty, StringComparison.Ordinal).Replace("}", string.Empty, StringComparison.Ordinal), null, (OperatingServer.Peer, $"198.51.{path.Length}.{method.Length}"));
                Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, $"{method} {path} answered {answer.StatusCode}");
            }
        }
    }
}
