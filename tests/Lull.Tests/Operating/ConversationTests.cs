using System.Net;
using System.Text.Json.Nodes;

namespace Lull.Tests.Operating;

public sealed class ConversationTests
{
    private static readonly DateTimeOffset Noon = OperatingServer.Start;
    private static readonly ConversationId Id = new("default", "a");

    internal static void Prepare(FakeStore store)
    {
        store.Contacts.Add(Id);
        store.Conversations[Id] = new(
            Id, new() { Name = "Ann", Tags = ["vip"] }, Noon.AddDays(-1), [new("paused", Noon, null)],
            [
                new(true, "msg_0000000000000001", "Hi", Noon.AddMinutes(-2), "answered", null, "batch_a_1"),
                new(false, "batch_a_1", "Hello!", Noon.AddMinutes(-1), "answered", null, "batch_a_1"),
            ]);
        store.Journal.AddRange(
        [
            new()
            {
                Id = new(1), ReceivedAt = Noon.AddMinutes(-2), Dialect = "simple", Type = "contact.reply", Conversation = Id, Outcome = WebhookOutcome.Batched,
                Headers = """{"content-type":"application/json"}""", Body = "{\"message\":\"Hi\"}"u8.ToArray(),
            },
            new()
            {
                Id = new(2), ReceivedAt = Noon, Dialect = "simple", Conversation = new("other", "a"), Outcome = WebhookOutcome.Batched, Headers = "{}", Body = [],
            },
        ]);
    }

    [Fact]
    public async Task Both_sides_are_shown_with_their_fates()
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        var (status, body) = await server.GetAsync("/conversations/a");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """
            {"status":"success","contact_id":"a","location_id":"default","first_seen":"2025-12-31T12:00:00.000Z",
             "profile":{"name":"Ann","first_name":null,"phone":null,"email":null,"time_zone":null,"source":null,"tags":["vip"]},
             "silences":[{"reason":"paused","since":"2026-01-01T12:00:00.000Z","until":null}],
             "messages":[{"from":"contact","id":"msg_0000000000000001","text":"Hi","at":"2026-01-01T11:58:00.000Z","state":"answered","reason":null,"batch_id":"batch_a_1"},
                         {"from":"lull","id":"batch_a_1","text":"Hello!","at":"2026-01-01T11:59:00.000Z","state":"answered","reason":null,"batch_id":"batch_a_1"}],
             "timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
    }

    [Fact]
    public async Task Only_the_latest_are_shown_when_fewer_are_asked_for()
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        var (_, body) = await server.GetAsync("/conversations/a?limit=1");

        Assert.Equal("Hello!", (string?)JsonNode.Parse(body)!["messages"]!.AsArray().Single()!["text"]);
        JsonAssert.Problem(await server.GetAsync("/conversations/a?limit=0"), HttpStatusCode.BadRequest, "invalid-request");
    }

    [Theory]
    [InlineData("""{"minutes":90}""", "2026-01-01T13:30:00.000Z")]
    [InlineData("""{"minutes":null}""", null)]
    [InlineData(null, null)]
    public async Task A_pause_silences_the_contact_and_stops_what_is_in_flight(string? json, string? until)
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        var (status, body) = await server.PostAsync("/conversations/a/pause", json);

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            $$"""
            {"status":"success","message":"Conversation is paused","contact_id":"a","location_id":"default","paused":true,"until":{{(until is null ? "null" : $"\"{until}\"")}},
             "timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
        Assert.Equal("paused", server.Store.Silences[Id].Reason);
        Assert.Contains("Stop default/a", server.Grains.Calls);
        Assert.Contains("Wake default/a", server.Grains.Calls);
    }

    [Theory]
    [InlineData("""{"minutes":0}""", "minutes")]
    [InlineData("""{"minutes":525601}""", "minutes")]
    [InlineData("""{"minutes":"90"}""", "minutes")]
    [InlineData("""{"hours":1}""", "hours")]
    public async Task A_pause_of_another_shape_is_refused_by_name(string json, string field)
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        var problem = JsonAssert.Problem(await server.PostAsync("/conversations/a/pause", json), HttpStatusCode.BadRequest, "invalid-request");

        Assert.NotNull(problem["errors"]![field]);
        Assert.Empty(server.Store.Silences);
    }

    [Fact]
    public async Task A_resumed_contact_is_silent_no_more()
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);
        await server.PostAsync("/conversations/a/pause");

        var (_, first) = await server.PostAsync("/conversations/a/resume");
        var (status, second) = await server.PostAsync("/conversations/a/resume");

        Assert.Empty(server.Store.Silences);
        Assert.Contains("Conversation is resumed", first, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("Conversation was not paused", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_has_all_that_is_kept_of_this_contact_only()
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        using var answer = await server.SendAsync(HttpMethod.Get, "/contacts/a/export");
        var export = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("Ann", (string?)export["profile"]!["name"]);
        Assert.Equal(2, export["messages"]!.AsArray().Count);
        JsonAssert.Is(
            """
            [{"id":"msg_0000000000000001","received_at":"2026-01-01T11:58:00.000Z","type":"contact.reply","outcome":"batched","reason":null,"error":null,
              "headers":{"content-type":"application/json"},"body":"{\"message\":\"Hi\"}"}]
            """,
            export["webhooks"]!.ToJsonString());
    }

    [Fact]
    public async Task An_erased_contact_is_gone_and_its_work_stopped()
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        var (status, body) = await server.AskAsync(HttpMethod.Delete, "/contacts/a");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """{"status":"success","message":"Contact is erased","contact_id":"a","location_id":"default","messages_erased":3,"timestamp":"2026-01-01T12:00:00.000Z"}""", body);
        Assert.Equal([Id], server.Store.Erased);
        Assert.Equal(["Stop default/a"], server.Grains.Calls);
        JsonAssert.Problem(await server.GetAsync("/conversations/a"), HttpStatusCode.NotFound, "unknown-contact");
    }
}
