using System.Net;
using System.Text.Json.Nodes;

namespace Lull.Tests.Operating;

public sealed class QueueTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly DateTimeOffset Noon = OperatingServer.Start;

    [Fact]
    public async Task The_queue_is_shown_as_the_contract_has_it()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Counts = new(2, 0, 0, 1, 3, Noon);
        server.Store.Bursts.Add(Any.Burst("contact_123") with
        {
            LastMessageTime = Noon.AddMilliseconds(15_000),
            Messages = [Any.Message("Hi there"), Any.Message("I have a question"), Any.Message("About gym membership")],
            DueAt = Noon.AddSeconds(45),
        });
        server.Time.Advance(TimeSpan.FromMilliseconds(30_001));

        var (status, body) = await server.GetAsync("/queue-status");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """
            { "status": "success", "active_batches": 2,
              "batch_details": { "contact_123": { "batch_id": "batch_contact_123_1767268800", "contact_id": "contact_123", "location_id": "default",
                  "start_time": "2026-01-01T12:00:00.000Z", "last_message_time": "2026-01-01T12:00:15.000Z", "message_count": 3,
                  "messages": ["Hi there", "I have a question", "About gym membership"], "time_remaining": 15, "state": "waiting" } },
              "waiting": 2, "replying": 0, "delivering": 0, "held": 1, "dead_lettered": 3, "next": null, "batch_wait_time": 30,
              "timestamp": "2026-01-01T12:00:30.001Z" }
            """,
            body);
    }

    [Fact]
    public async Task Keys_tell_locations_and_channels_apart()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Bursts.AddRange(
        [
            Any.Burst("a") with { IsUnique = false },
            Any.Burst("a") with { IsUnique = false, Conversation = new("other", "a") },
            Any.Burst("b"),
            Any.Burst("b") with { Lane = new("WhatsApp", null) },
            Any.Burst("b") with { Lane = new("WhatsApp", "+15550100") },
            Any.Burst("b") with { Lane = new("WhatsApp", "+15550100"), Batch = "batch_again" },
        ]);

        var (_, body) = await server.GetAsync("/queue-status");

        Assert.Equal(
            ["default/a", "other/a", "b", "b (WhatsApp)", "b (WhatsApp +15550100)", "b (batch_again)"],
            JsonNode.Parse(body)!["batch_details"]!.AsObject().Select(entry => entry.Key));
    }

    [Fact]
    public async Task A_held_batch_says_why_and_counts_down_no_more()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Bursts.Add(Any.Burst("a") with { State = "held", Reason = "model: 401", DueAt = Noon.AddMinutes(-1) });

        var (_, body) = await server.GetAsync("/queue-status");

        var details = JsonNode.Parse(body)!["batch_details"]!["a"]!;
        Assert.Equal(0, (int?)details["time_remaining"]);
        Assert.Equal("held", (string?)details["state"]);
        Assert.Equal("model: 401", (string?)details["reason"]);
    }

    [Fact]
    public async Task Pages_follow_one_another_to_the_end()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Bursts.AddRange(Enumerable.Range(0, 5).Select(nth => Any.Burst($"c{nth}")));
        var seen = new List<string>();

        string? after = null;
        do
        {
            var (_, body) = await server.GetAsync($"/queue-status?limit=2{(after is null ? string.Empty : $"&after={after}")}");
            var page = JsonNode.Parse(body)!;
            seen.AddRange(page["batch_details"]!.AsObject().Select(entry => entry.Key));
            after = (string?)page["next"];
        }
        while (after is not null);

        Assert.Equal(["c0", "c1", "c2", "c3", "c4"], seen);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=1.5", "limit")]
    [InlineData("after=elsewhere", "after")]
    public async Task A_wrong_page_is_refused_by_name(string query, string field)
    {
        var server = shared.Local;

        foreach (var path in (string[])["/queue-status", "/held", "/dead-letters"])
        {
            var problem = JsonAssert.Problem(await server.GetAsync($"{path}?{query}"), HttpStatusCode.BadRequest, "invalid-request");
            Assert.NotNull(problem["errors"]![field]);
        }
    }

    [Fact]
    public async Task A_contact_that_was_answered_shows_its_last_reply()
    {
        await using var server = await OperatingServer.StartAsync();
        var id = new ConversationId("default", "contact_123");
        server.Store.Contacts.Add(id);
        server.Store.LastReplies[id] = new("Hello!", Noon.AddSeconds(-1), "batch_contact_123_1", 3, true);

        var (status, body) = await server.GetAsync("/batch-status/contact_123");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """
            {"status":"success","contact_id":"contact_123","active":false,"batch":null,
             "last_reply":{"text":"Hello!","sent_at":"2026-01-01T11:59:59.000Z","batch_id":"batch_contact_123_1","message_count":3},"timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
    }

    [Fact]
    public async Task A_contact_that_waits_shows_its_burst()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Contacts.Add(new("default", "a"));
        server.Store.Bursts.Add(Any.Burst("a"));

        var (_, body) = await server.GetAsync("/batch-status/a");

        JsonAssert.Is(
            """
            {"status":"success","contact_id":"a","active":true,
             "batch":{"batch_id":"batch_a_1767268800","contact_id":"a","location_id":"default","start_time":"2026-01-01T12:00:00.000Z",
                      "last_message_time":"2026-01-01T12:00:00.000Z","message_count":1,"messages":["Hi there"],"time_remaining":30,"state":"waiting"},
             "last_reply":null,"timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
    }

    [Fact]
    public async Task A_contact_in_several_locations_has_to_be_named_with_one()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Contacts.AddRange([new("one", "a"), new("two", "a")]);

        var problem = JsonAssert.Problem(await server.GetAsync("/batch-status/a"), HttpStatusCode.Conflict, "ambiguous-contact");
        var named = await server.GetAsync("/batch-status/a?location=two");

        Assert.Equal("""["one","two"]""", problem["locations"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, named.Status);
        JsonAssert.Problem(await server.GetAsync("/batch-status/a?location=three"), HttpStatusCode.NotFound, "unknown-contact");
    }

    [Fact]
    public async Task A_contact_never_seen_is_not_found_anywhere()
    {
        var server = shared.Local;

        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Get, "/batch-status/nobody"), (HttpMethod.Post, "/force-process-batch/nobody"), (HttpMethod.Get, "/conversations/nobody"),
            (HttpMethod.Post, "/conversations/nobody/pause"), (HttpMethod.Post, "/conversations/nobody/resume"),
            (HttpMethod.Delete, "/contacts/nobody"), (HttpMethod.Get, "/contacts/nobody/export"), (HttpMethod.Get, "/messages?external_id=1&contact=nobody")])
        {
            JsonAssert.Problem(await server.AskAsync(method, path), HttpStatusCode.NotFound, "unknown-contact");
        }
    }

    [Fact]
    public async Task A_force_is_stored_before_it_is_answered_and_wakes_the_conversation()
    {
        await using var server = await OperatingServer.StartAsync();
        var id = new ConversationId("default", "a/b");
        server.Store.Contacts.Add(id);
        server.Store.Forceable[id] = new("batch_a/b_1", 3);

        var (status, body) = await server.PostAsync("/force-process-batch/a%2Fb");

        Assert.Equal(HttpStatusCode.Accepted, status);
        JsonAssert.Is(
            """
            {"status":"success","message":"Batch is being processed","contact_id":"a/b","batch_id":"batch_a/b_1","message_count":3,"timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
        Assert.Equal(["Wake default/a%2Fb"], server.Grains.Calls);
        Assert.Contains("Information: Operator: force of default/a%2Fb.", server.Log);
    }

    [Fact]
    public async Task A_force_is_accepted_though_no_conversation_can_be_reached()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Contacts.Add(new("default", "a"));
        server.Store.Forceable[new("default", "a")] = new("batch_a_1", 1);
        server.Grains.Dead = true;

        Assert.Equal(HttpStatusCode.Accepted, (await server.PostAsync("/force-process-batch/a")).Status);
    }

    [Fact]
    public async Task Forcing_nothing_is_not_found()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Contacts.Add(new("default", "a"));

        JsonAssert.Problem(await server.PostAsync("/force-process-batch/a"), HttpStatusCode.NotFound, "nothing-open");
        Assert.Empty(server.Grains.Calls);
    }

    [Fact]
    public async Task A_store_that_cannot_answer_gives_503_and_when_to_come_back()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Unavailable = true;

        using var answer = await server.SendAsync(HttpMethod.Get, "/batch-status/a");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("5", answer.Headers.GetValues("Retry-After").Single());
    }
}
