using System.Net;

namespace Lull.Tests.Operating;

public sealed class MessageTests
{
    private const string Expected =
        """
        {"status":"success","id":"msg_0000000000000007","contact_id":"a","location_id":"default","text":"Hi there","state":"answered","reason":null,"release":null,
         "batch_id":"batch_a_1","reply":{"text":"Hello!","sent_at":"2026-01-01T12:00:00.000Z","batch_id":"batch_a_1","message_count":3,"recorded":true},
         "steps":[{"name":"received","at":"2026-01-01T11:59:00.000Z","batch_id":null,"attempt":null,"detail":null},
                  {"name":"claimed","at":"2026-01-01T11:59:30.000Z","batch_id":"batch_a_1","attempt":1,"detail":null}],
         "timestamp":"2026-01-01T12:00:00.000Z"}
        """;

    private static readonly MessageId Id = new(7);
    private static readonly ConversationId Conversation = new("default", "a");

    private static void Prepare(FakeStore store)
    {
        var noon = OperatingServer.Start;
        store.Contacts.Add(Conversation);
        store.ExternalIds[(Conversation, "ext 1")] = Id;
        store.Fates[Id] = new(
            Id, Conversation, "Hi there", "answered", null, null, "batch_a_1", new("Hello!", noon, "batch_a_1", 3, true),
            [new("received", noon.AddMinutes(-1), null, null, null), new("claimed", noon.AddSeconds(-30), "batch_a_1", 1, null)]);
    }

    [Fact]
    public async Task A_fate_has_every_step_with_its_time()
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        var (status, body) = await server.GetAsync($"/messages/{Id}");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(Expected, body);
    }

    [Fact]
    public async Task A_fate_is_found_by_the_senders_own_id()
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        var (_, body) = await server.GetAsync("/messages?external_id=ext%201&contact=a");

        JsonAssert.Is(Expected, body);
    }

    [Theory]
    [InlineData("/messages/msg_0000000000000008")]
    [InlineData("/messages/seven")]
    [InlineData("/messages/0")]
    [InlineData("/messages?external_id=ext2&contact=a")]
    public async Task An_unknown_message_is_not_found(string path)
    {
        await using var server = await OperatingServer.StartAsync(prepare: Prepare);

        JsonAssert.Problem(await server.GetAsync(path), HttpStatusCode.NotFound, "unknown-message");
    }

    [Fact]
    public async Task A_search_names_what_it_lacks()
    {
        await using var server = await OperatingServer.StartAsync();

        var problem = JsonAssert.Problem(await server.GetAsync("/messages"), HttpStatusCode.BadRequest, "invalid-request");

        Assert.NotNull(problem["errors"]!["external_id"]);
        Assert.NotNull(problem["errors"]!["contact"]);
    }
}
