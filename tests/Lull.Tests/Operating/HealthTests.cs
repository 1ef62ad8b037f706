using System.Net;
using System.Text.Json.Nodes;
using Lull.Operating;

namespace Lull.Tests.Operating;

public sealed class HealthTests
{
    [Fact]
    public async Task Health_names_what_is_in_use()
    {
        await using var server = await OperatingServer.StartAsync(new() { Replies = "gpt-4o-mini", Delivery = "send" });
        server.Time.Advance(TimeSpan.FromSeconds(12.9));

        var (status, body) = await server.GetAsync("/health");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            $$"""
            {"status":"healthy","store":"sqlite","replies":"gpt-4o-mini","delivery":"send","version":"{{Product.Version}}","uptime_seconds":12,"timestamp":"2026-01-01T12:00:12.900Z"}
            """,
            body);
        Assert.Matches(@"^\d+\.\d+\.\d+", Product.Version);
    }

    [Fact]
    public async Task A_fault_of_the_set_up_degrades_without_ids_or_names()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Faults.AddRange(
        [
            new("model", "key sk-123 was refused", OperatingServer.Start, null), new("ghl:loc_secret", "suspended", OperatingServer.Start, null),
            new("ghl:loc_other", "suspended", OperatingServer.Start, null),
        ]);

        var (status, body) = await server.GetAsync("/health");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("degraded", (string?)JsonNode.Parse(body)!["status"]);
        Assert.Equal(2, JsonNode.Parse(body)!["reasons"]!.AsArray().Count);
        Assert.DoesNotContain("loc_", body, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_fails_is_unhealthy_and_recovers()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Check = () => Task.FromException(new StoreUnavailableException("disk full"));

        var failed = await server.GetAsync("/health");
        server.Store.Check = () => Task.CompletedTask;
        server.Time.Advance(TimeSpan.FromSeconds(1));
        var recovered = await server.GetAsync("/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.Status);
        Assert.Equal("unhealthy", (string?)JsonNode.Parse(failed.Body)!["status"]);
        Assert.Equal("sqlite", (string?)JsonNode.Parse(failed.Body)!["store"]);
        Assert.Equal(HttpStatusCode.OK, recovered.Status);
    }

    [Fact]
    public async Task A_store_that_hangs_is_unhealthy_after_two_seconds_and_asked_once()
    {
        await using var server = await OperatingServer.StartAsync();
        var hung = new TaskCompletionSource();
        server.Store.Check = () => hung.Task;

        var first = server.GetAsync("/health");
        var second = server.GetAsync("/health");
        await server.MoveUntilAsync(() => first.IsCompleted && second.IsCompleted, TimeSpan.FromMilliseconds(500));
        var third = await server.GetAsync("/health");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await first).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await second).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, third.Status);
        Assert.Equal(1, server.Store.Checks);
        hung.SetResult();
        while ((await server.GetAsync("/health")).Status != HttpStatusCode.OK)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Polling_asks_the_store_once_a_second()
    {
        await using var server = await OperatingServer.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/health")));
        Assert.Equal(1, server.Store.Checks);

        server.Time.Advance(TimeSpan.FromSeconds(1));
        await server.GetAsync("/health");
        Assert.Equal(2, server.Store.Checks);
    }

    [Fact]
    public async Task Liveness_does_not_ask_the_store()
    {
        await using var server = await OperatingServer.StartAsync();

        var (status, body) = await server.GetAsync("/health/live");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is("""{"status":"alive","timestamp":"2026-01-01T12:00:00.000Z"}""", body);
        Assert.Equal(0, server.Store.Checks);
    }

    [Fact]
    public async Task Monitors_may_ask_with_HEAD()
    {
        await using var server = await OperatingServer.StartAsync();

        using var answer = await server.SendAsync(HttpMethod.Head, "/health");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
