using System.Net;
using System.Text.Json.Nodes;

namespace Lull.Tests.Operating;

public sealed class EndedBatchTests
{
    private static readonly DateTimeOffset Noon = OperatingServer.Start;

    [Theory]
    [InlineData("/dead-letters", "dead_letters", (int)BatchState.DeadLettered)]
    [InlineData("/held", "held", (int)BatchState.Held)]
    public async Task The_list_shows_what_happened_and_what_would_release_it(string path, string name, int state)
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Ended.Add(((BatchState)state, Any.Ended(7, "a") with { Reply = "Hello!" }));
        server.Store.Ended.Add((BatchState.Suppressed, Any.Ended(8, "b")));

        var (status, body) = await server.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            $$"""
            {"status":"success","{{name}}":[{"batch_id":"batch_a_7","contact_id":"a","location_id":"default","reason":"refused: content filter","release":"an operator's retry",
             "at":"2026-01-01T11:50:00.000Z","message_count":1,"messages":["Hi there"],"reply":"Hello!"}],"next":null,"timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
    }

    [Fact]
    public async Task Pages_follow_one_another_to_the_end()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Ended.AddRange(Enumerable.Range(1, 4).Select(nth => (BatchState.Held, Any.Ended(nth, "a"))));

        var (_, first) = await server.GetAsync("/held?limit=2");
        var next = (string?)JsonNode.Parse(first)!["next"];
        var (_, second) = await server.GetAsync($"/held?limit=2&after={next}");

        Assert.Equal("2", next);
        Assert.Equal(["batch_a_3", "batch_a_4"], JsonNode.Parse(second)!["held"]!.AsArray().Select(batch => (string?)batch!["batch_id"]));
        Assert.Null(JsonNode.Parse(second)!["next"]);
    }

    [Theory]
    [InlineData("/dead-letters/batch_a%2Fb_1/retry", (int)BatchState.DeadLettered, "retry", true, "Batch is open again")]
    [InlineData("/held/batch_a%2Fb_1/release", (int)BatchState.Held, "release", true, "Batch is open again")]
    [InlineData("/held/batch_a%2Fb_1/drop", (int)BatchState.Held, "drop", false, "Batch will not be answered")]
    public async Task One_batch_is_decided_once(string path, int state, string action, bool wakes, string message)
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Ended.Add(((BatchState)state, Any.Ended(1, "a/b")));

        var (status, body) = await server.PostAsync(path);
        var again = await server.PostAsync(path);

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            $$"""{"status":"success","message":"{{message}}","batch_id":"batch_a/b_1","contact_id":"a/b","location_id":"default","timestamp":"2026-01-01T12:00:00.000Z"}""", body);
        Assert.Equal(wakes ? ["Wake default/a%2Fb"] : [], server.Grains.Calls);
        Assert.Contains($"Information: Operator: {action} of batch_a/b_1.", server.Log);
        JsonAssert.Problem(again, HttpStatusCode.NotFound, "unknown-batch");
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData("{}", 5)]
    [InlineData("""{"location":"other"}""", 1)]
    [InlineData("""{"reason":"Content FILTER"}""", 3)]
    [InlineData("""{"since":"2026-01-01T11:55:00Z"}""", 1)]
    [InlineData("""{"since":"2026-01-01T13:55:00.000+02:00","reason":"attempts"}""", 1)]
    [InlineData("""{"location":"nowhere"}""", 0)]
    public async Task All_that_match_are_retried(string? json, int expected)
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Ended.AddRange(
        [
            (BatchState.DeadLettered, Any.Ended(1, "a")),
            (BatchState.DeadLettered, Any.Ended(2, "b")),
            (BatchState.DeadLettered, Any.Ended(3, "c", "400 rejected") with { Conversation = new("other", "c") }),
            (BatchState.DeadLettered, Any.Ended(4, "d")),
            (BatchState.DeadLettered, Any.Ended(5, "e", "five attempts without an outcome", Noon.AddMinutes(-5))),
            (BatchState.Held, Any.Ended(6, "f")),
        ]);

        var (status, body) = await server.PostAsync("/dead-letters/retry", json);

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is($$"""{"status":"success","retried":{{expected}},"timestamp":"2026-01-01T12:00:00.000Z"}""", body);
        Assert.Equal(1, server.Line.Rereads);
        Assert.Equal(6 - expected, server.Store.Ended.Count);
    }

    [Fact]
    public async Task More_than_one_page_is_retried()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Ended.AddRange(Enumerable.Range(1, 1_201).Select(nth => (BatchState.DeadLettered, Any.Ended(nth, $"c{nth}"))));

        var (_, body) = await server.PostAsync("/dead-letters/retry");

        Assert.Equal(1_201, (int?)JsonNode.Parse(body)!["retried"]);
        Assert.Empty(server.Store.Ended);
    }

    [Fact]
    public async Task What_fails_again_meanwhile_is_not_retried_for_ever()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Ended.Add((BatchState.DeadLettered, Any.Ended(1, "a")));
        server.Store.Ended.Add((BatchState.DeadLettered, Any.Ended(2, "a", at: Noon.AddSeconds(1))));

        var (_, body) = await server.PostAsync("/dead-letters/retry");

        Assert.Equal(1, (int?)JsonNode.Parse(body)!["retried"]);
        Assert.Single(server.Store.Ended);
    }

    [Theory]
    [InlineData("""{"since":"yesterday"}""", "since")]
    [InlineData("""{"since":"2026-01-01T12:00:00"}""", "since")]
    [InlineData("""{"since":12}""", "since")]
    [InlineData("""{"location":""}""", "location")]
    [InlineData("""{"reason":["a"]}""", "reason")]
    [InlineData("""{"reason":"\ud800"}""", "reason")]
    [InlineData("""{"batch":"a"}""", "batch")]
    public async Task A_filter_of_another_shape_is_refused_by_name(string json, string field)
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Ended.Add((BatchState.DeadLettered, Any.Ended(1, "a")));

        var problem = JsonAssert.Problem(await server.PostAsync("/dead-letters/retry", json), HttpStatusCode.BadRequest, "invalid-request");

        Assert.NotNull(problem["errors"]![field]);
        Assert.Single(server.Store.Ended);
    }
}
