using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lull.Receiving;

namespace Lull.Tests.Receiving;

public sealed class WebhookEndpointTests
{
    private const string Hello = """{"type":"contact.reply","contact":{"id":"c 1"},"message":{"id":"m1","content":"hello"}}""";

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_stored_acknowledged_and_its_conversation_woken()
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.PostAsync(Hello);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            """{"status":"success","message":"Webhook processed successfully","timestamp":"2026-01-01T12:00:00.000Z","outcome":"batched","id":"msg_00000000000003e9"}""",
            await response.Content.ReadAsStringAsync(Deadline));
        var arrival = Assert.Single(server.Store.Arrivals);
        Assert.Equal(Hello, Encoding.UTF8.GetString(arrival.Body.Span));
        Assert.Equal("default/c%201", await server.Line.NextStoredAsync(Deadline));
    }

    [Fact]
    public async Task A_second_copy_is_a_duplicate_with_the_first_ones_id()
    {
        await using var server = await ReceivingServer.StartAsync();

        using var first = await server.PostAsync(Hello);
        using var second = await server.PostAsync(Hello);

        Assert.Equal("duplicate", await second.OutcomeAsync());
        Assert.Equal((await first.JsonAsync()).GetProperty("id").GetString(), (await second.JsonAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task What_is_not_answered_says_why_and_wakes_nobody()
    {
        await using var server = await ReceivingServer.StartAsync();

        using var recorded = await server.PostAsync("""{"type":"contact.reply","contact":{"id":"c"},"message":" "}""");
        using var ignored = await server.PostAsync("""{"type":"weather.changed"}""");

        Assert.Equal(("recorded", "empty"), (await recorded.OutcomeAsync(), (await recorded.JsonAsync()).GetProperty("reason").GetString()));
        Assert.Equal("ignored", await ignored.OutcomeAsync());
        Assert.False((await ignored.JsonAsync()).TryGetProperty("reason", out _));
        Assert.Equal(0, server.Line.Stored);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON;charset=\"UTF-8\"")]
    [InlineData("application/vnd.example.v1+json")]
    public async Task Every_JSON_type_is_taken(string contentType)
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.PostAsync(Hello, contentType);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_form_is_taken_as_the_JSON_it_stands_for()
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.PostAsync("contact_id=c1&message[body]=hi+there", "application/x-www-form-urlencoded");

        Assert.Equal("batched", await response.OutcomeAsync());
        Assert.Equal("hi there", server.Store.Arrivals[0].Message!.Text);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("nonsense")]
    public async Task Other_media_types_get_a_sentence(string contentType)
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.PostAsync(Hello, contentType);

        await AssertProblemAsync(response, 415, "Content-Type");
        Assert.Empty(server.Store.Arrivals);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Other_methods_get_a_sentence(string method)
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.Client.SendAsync(new(new(method), "/webhook"), Deadline);

        await AssertProblemAsync(response, 405, "POST");
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task More_than_256_KiB_are_refused_announced_or_not(bool chunked)
    {
        await using var server = await ReceivingServer.StartAsync(kestrel: true);
        var body = Encoding.UTF8.GetBytes($$"""{"type":"contact.reply","contact":{"id":"c"},"message":"{{new string('x', 256 * 1024)}}"}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhook")
        {
            Content = new StreamContent(new MemoryStream(body)),
            Headers = { TransferEncodingChunked = chunked },
        };
        request.Content.Headers.ContentType = new("application/json");

        using var response = await server.Client.SendAsync(request, Deadline);

        await AssertProblemAsync(response, 413, "256 KiB");
        Assert.Empty(server.Store.Arrivals);
    }

    [Fact]
    public async Task A_chunked_body_of_the_largest_size_is_taken_whole()
    {
        await using var server = await ReceivingServer.StartAsync(kestrel: true);
        const string Frame = """{"type":"contact.reply","contact":{"id":"c"},"message":""}""";
        var body = Encoding.UTF8.GetBytes(Frame.Insert(Frame.Length - 2, new string('x', (256 * 1024) - Frame.Length)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhook") { Content = new StreamContent(new MemoryStream(body)), Headers = { TransferEncodingChunked = true } };
        request.Content.Headers.ContentType = new("application/json");

        using var response = await server.Client.SendAsync(request, Deadline);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, server.Store.Arrivals[0].Body.ToArray());
    }

    [Fact]
    public async Task A_rejected_webhook_names_its_fields_and_is_kept_in_the_journal()
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.PostAsync($$"""{"type":"contact.reply","contact":{},"message":7,"padding":"{{new string('x', 10_000)}}"}""");

        var problem = await AssertProblemAsync(response, 400, "errors");
        Assert.Equal(["contact.id", "message"], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
        var entry = Assert.Single(server.Store.Entries);
        Assert.Equal((WebhookOutcome.Rejected, 4096), (entry.Outcome, entry.Body.Length));
        Assert.Contains("contact.id", entry.Error!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_fails_does_not_change_a_400()
    {
        await using var server = await ReceivingServer.StartAsync();
        server.Store.IsUnavailable = true;

        using var response = await server.PostAsync("{");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData(null, 503)]
    [InlineData("signed", 429)]
    public async Task A_store_that_cannot_commit_tells_the_sender_to_come_back(string? signature, int status)
    {
        await using var server = await ReceivingServer.StartAsync();
        server.Store.IsUnavailable = true;

        using var response = await server.PostAsync(Hello, headers: signature is null ? [] : [("X-GHL-Signature", signature)]);

        await AssertProblemAsync(response, status, "Retry-After");
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter!.Delta);
        Assert.Empty(server.Store.Arrivals);
        Assert.Equal(0, server.Line.Stored);
    }

    [Fact]
    public async Task A_store_that_hangs_is_waited_for_five_seconds()
    {
        await using var server = await ReceivingServer.StartAsync();
        server.Store.Hangs = true;

        var posting = server.PostAsync(Hello);
        await server.Time.TimerAsync(WebhookStorage.MaxWait);
        await server.Store.Asked.Task.InTime();
        server.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(posting.IsCompleted);
        server.Time.Advance(TimeSpan.FromSeconds(0.2));

        using var response = await posting;
        await AssertProblemAsync(response, 503, "Retry-After");
    }

    [Fact]
    public async Task One_sender_may_send_so_many_a_second()
    {
        await using var server = await ReceivingServer.StartAsync(new() { RateLimitPerSender = 2 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => server.PostAsync("""{"type":"contact.reply","contact":{"id":"c"},"message":"x"}""")));

        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.NotEmpty(refused);
        Assert.Contains(answers, answer => answer.IsSuccessStatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), refused[0].Headers.RetryAfter!.Delta);
        await AssertProblemAsync(refused[0], 429, "Retry-After");
    }

    [Fact]
    public async Task A_sender_proven_by_signature_is_its_location()
    {
        await using var server = await ReceivingServer.StartAsync(new() { RateLimitPerSender = 2, WebhookSecrets = ["a-good-secret"] });

        foreach (var location in (string[])["one", "two", "three"])
        {
            Assert.Equal(HttpStatusCode.OK, await SignAsync(server, location, "a-good-secret"));
        }

        var flood = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SignAsync(server, "four", "a-good-secret")));
        Assert.Contains(HttpStatusCode.TooManyRequests, flood);
    }

    [Fact]
    public async Task A_signature_that_proves_nothing_counts_for_the_address()
    {
        await using var server = await ReceivingServer.StartAsync(new() { RateLimitPerSender = 2, WebhookSecrets = ["a-good-secret"] });

        var flood = new List<HttpStatusCode>();
        for (var wave = 0; wave < 3; wave++)
        {
            flood.AddRange(await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => SignAsync(server, "one", "another-secret"))));
        }

        Assert.Contains(HttpStatusCode.Unauthorized, flood);
        Assert.Contains(HttpStatusCode.TooManyRequests, flood);
    }

    [Fact]
    public async Task The_log_has_one_line_of_decision_and_no_text()
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.PostAsync(Hello);

        var line = Assert.Single(server.Log.Lines, line => line.Contains("WebhookStorage", StringComparison.Ordinal));
        Assert.Contains("msg_00000000000003e9 (simple, contact.reply) of default/c%201: batched", line, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("hello", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_test_webhook_proves_the_store_once_a_second()
    {
        await using var server = await ReceivingServer.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.Client.GetAsync("/test-webhook", Deadline)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(
            """{"status":"success","message":"Webhook endpoint is working","timestamp":"2026-01-01T12:00:00.000Z","checks":{"parse":"ok","store":"ok"}}""",
            await answers[0].Content.ReadAsStringAsync(Deadline));
        Assert.Equal(1, server.Store.RoundTrips);
        Assert.Empty(server.Store.Entries);

        server.Time.Advance(TimeSpan.FromSeconds(1));
        server.Store.IsUnavailable = true;
        using var failed = await server.Client.GetAsync("/test-webhook", Deadline);
        await AssertProblemAsync(failed, 503, "store");
    }

    private static async Task<JsonElement> AssertProblemAsync(HttpResponseMessage response, int status, string says)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.JsonAsync();
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("type").GetString()!);
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.Contains(says, problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        return problem;
    }

    private static async Task<HttpStatusCode> SignAsync(ReceivingServer server, string location, string secret)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"type":"contact.reply","location_id":"{{location}}","contact":{"id":"c"},"message":"x"}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhook") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-Webhook-Signature", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)));
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
