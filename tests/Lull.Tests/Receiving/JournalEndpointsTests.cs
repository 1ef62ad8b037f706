using System.Net;
using System.Text.Json;

namespace Lull.Tests.Receiving;

public sealed class JournalEndpointsTests
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_journal_shows_what_came_and_what_became_of_it()
    {
        await using var server = await ReceivingServer.StartAsync();
        using var one = await server.PostAsync("""{"type":"contact.reply","contact":{"id":"c1"},"message":{"id":"m","content":"hi"}}""");
        using var copy = await server.PostAsync("""{"type":"contact.reply","contact":{"id":"c1"},"message":{"id":"m","content":"hi"}}""");
        using var bad = await server.PostAsync("{not json");

        var page = await GetAsync(server, "/webhooks");

        var lines = page.GetProperty("webhooks").EnumerateArray().ToList();
        Assert.Equal(["batched", "duplicate", "rejected"], lines.Select(line => line.GetProperty("outcome").GetString()));
        Assert.Equal("hi", lines[0].GetProperty("body").GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("application/json", lines[0].GetProperty("headers").GetProperty("content-type").GetString());
        Assert.Equal(("simple", "contact.reply", "default", "c1", "2026-01-01T12:00:00.000Z"),
            (Text(lines[0], "dialect"), Text(lines[0], "type"), Text(lines[0], "location_id"), Text(lines[0], "contact_id"), Text(lines[0], "received_at")));
        Assert.Equal(Text(lines[0], "id"), Text(lines[1], "duplicate_of"));
        Assert.Equal("{not json", Text(lines[2], "body"));
        Assert.StartsWith("body: is not JSON", Text(lines[2], "error"), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, page.GetProperty("next").ValueKind);
        Assert.Equal("success", Text(page, "status"));
    }

    [Fact]
    public async Task The_journal_is_paged_from_the_beginning()
    {
        await using var server = await ReceivingServer.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            using var response = await server.PostAsync($$$"""{"type":"contact.reply","contact":{"id":"c{{{i}}}"},"message":"x"}""");
        }

        List<string?> contacts = [];
        for (var after = "0"; after is not null;)
        {
            var page = await GetAsync(server, $"/webhooks?after={after}&limit=2");
            contacts.AddRange(page.GetProperty("webhooks").EnumerateArray().Select(line => Text(line, "contact_id")));
            after = page.GetProperty("next").GetString();
        }

        Assert.Equal(["c0", "c1", "c2", "c3", "c4"], contacts);
        var latest = await GetAsync(server, "/webhooks?limit=1");
        Assert.Equal("c4", Text(latest.GetProperty("webhooks")[0], "contact_id"));
        var filtered = await GetAsync(server, "/webhooks?contact=c2&outcome=batched");
        Assert.Equal("c2", Text(Assert.Single(filtered.GetProperty("webhooks").EnumerateArray()), "contact_id"));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("after=7", "after")]
    [InlineData("outcome=lost", "outcome")]
    public async Task A_query_that_is_wrong_is_refused_by_name(string query, string field)
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.Client.GetAsync($"/webhooks?{query}", Deadline);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal([field], (await response.JsonAsync()).GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Fact]
    public async Task A_replay_goes_through_the_same_interpretation()
    {
        await using var server = await ReceivingServer.StartAsync();
        using var first = await server.PostAsync("contact_id=c1&message[body]=hi", "application/x-www-form-urlencoded");
        Assert.Equal("default/c1", await server.Line.NextStoredAsync(Deadline));
        var id = Text(await first.JsonAsync(), "id");

        using var replayed = await server.Client.PostAsync($"/webhooks/{id}/replay", null, Deadline);

        var answer = await replayed.JsonAsync();
        Assert.Equal(("success", "batched", id), (Text(answer, "status"), Text(answer, "outcome"), Text(answer, "id")));
        Assert.Equal("default/c1", await server.Line.NextStoredAsync(Deadline));
    }

    [Fact]
    public async Task A_replay_of_nothing_or_of_what_is_answered_changes_nothing()
    {
        await using var server = await ReceivingServer.StartAsync();
        using var first = await server.PostAsync("""{"contact_id":"c1","message":"hi"}""");
        using var bad = await server.PostAsync("{");
        server.Store.RefusesReplay = true;

        async Task<HttpStatusCode> ReplayAsync(string id)
        {
            using var response = await server.Client.PostAsync($"/webhooks/{id}/replay", null, Deadline);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.NotFound, await ReplayAsync("msg_00000000000fffff"));
        Assert.Equal(HttpStatusCode.NotFound, await ReplayAsync("nonsense"));
        Assert.Equal(HttpStatusCode.Conflict, await ReplayAsync(Text(await first.JsonAsync(), "id")!));
        Assert.Equal(HttpStatusCode.BadRequest, await ReplayAsync(server.Store.Entries[1].Id.ToString()));
    }

    private static async Task<JsonElement> GetAsync(ReceivingServer server, string path)
    {
        using var response = await server.Client.GetAsync(path, Deadline);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.JsonAsync();
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
