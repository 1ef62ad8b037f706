using System.Threading.Channels;
using Lull.Receiving.Handling;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Receiving;

public sealed class WebhookHandlersTests
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_is_given_its_types_in_order_and_once()
    {
        var handler = new Recorder("orders", ["order.paid"]);
        await using var server = await StartAsync(handler);

        using var paid = await server.PostAsync("""{"type":"order.paid","order":{"id":7},"webhookId":"d1"}""");
        using var copy = await server.PostAsync("""{"type":"order.paid","order":{"id":7},"webhookId":"d1"}""");
        using var other = await server.PostAsync("""{"type":"order.sent"}""");
        using var form = await server.PostAsync("type=order.paid&order[id]=8&contact[id]=c1", "application/x-www-form-urlencoded");

        Assert.Equal(("recorded", "event"), (await paid.OutcomeAsync(), (await paid.JsonAsync()).GetProperty("reason").GetString()));
        Assert.Equal("ignored", await other.OutcomeAsync());
        var first = await handler.NextAsync();
        var second = await handler.NextAsync();
        Assert.Equal(("order.paid", 7), (first.Type, first.Body.GetProperty("order").GetProperty("id").GetInt32()));
        Assert.Equal("8", second.Body.GetProperty("order").GetProperty("id").GetString());
        Assert.Equal(new ConversationId("default", "c1"), second.Conversation);
        Assert.Equal(0, handler.Waiting);
    }

    [Fact]
    public async Task A_handler_for_everything_sees_messages_and_unknown_types_but_no_rejected_ones()
    {
        var handler = new Recorder("all", []);
        await using var server = await StartAsync(handler);

        using var bad = await server.PostAsync("{");
        using var message = await server.PostAsync("""{"contact_id":"c","message":"hi"}""");
        using var unknown = await server.PostAsync("""{"type":"weather.changed"}""");

        Assert.Equal(WebhookOutcome.Batched, (await handler.NextAsync()).Outcome);
        Assert.Equal(WebhookOutcome.Ignored, (await handler.NextAsync()).Outcome);
    }

    [Fact]
    public async Task A_handler_that_throws_is_tried_again_and_then_noted()
    {
        var handler = new Recorder("broken", []) { Fault = new InvalidOperationException("The other side is down.") };
        await using var server = await StartAsync(handler);

        using var response = await server.PostAsync("""{"contact_id":"c","message":"hi"}""");
        Assert.Equal("batched", await response.OutcomeAsync());
        foreach (var backoff in HandlerFeed.Backoff)
        {
            await server.Time.RunOutAsync(backoff);
        }

        await server.Store.Noted.Task.InTime();
        Assert.Equal("broken: InvalidOperationException: The other side is down.", server.Store.Entries[0].Error);
        Assert.Equal(4, handler.Calls);
        handler.Fault = null;
        using var next = await server.PostAsync("""{"contact_id":"next","message":"hi"}""");
        Assert.Equal("next", (await handler.NextAsync()).Conversation!.Value.Contact);
    }

    [Fact]
    public async Task A_handler_that_hangs_is_cut_off_and_holds_up_no_other()
    {
        var hanging = new Recorder("hanging", []) { Hangs = true };
        var quick = new Recorder("quick", []);
        await using var server = await StartAsync(hanging, quick);

        using var response = await server.PostAsync("""{"contact_id":"c","message":"hi"}""");

        Assert.Equal("c", (await quick.NextAsync()).Conversation!.Value.Contact);
        await server.Time.TimerAsync(HandlerFeed.CallTimeout);
        foreach (var backoff in HandlerFeed.Backoff)
        {
            await server.Time.RunOutAsync(HandlerFeed.CallTimeout);
            await server.Time.RunOutAsync(backoff);
        }

        await server.Time.RunOutAsync(HandlerFeed.CallTimeout);
        await server.Store.Noted.Task.InTime();
        Assert.Equal("hanging: TimeoutException: It took longer than 30 seconds.", server.Store.Entries[0].Error);
    }

    [Fact]
    public async Task A_restart_goes_on_where_the_handler_was()
    {
        var store = new FakeStore(new AwaitedTime());
        var before = new Recorder("follower", []);
        await using (var server = await StartAsync(store, before))
        {
            using var one = await server.PostAsync("""{"contact_id":"one","message":"hi"}""");
            Assert.Equal("one", (await before.NextAsync()).Conversation!.Value.Contact);
            await store.MovedAsync("follower", store.Entries[0].Id);
        }

        await using (var server = await StartAsync(store))
        {
            using var two = await server.PostAsync("""{"contact_id":"two","message":"hi"}""");
        }

        var after = new Recorder("follower", []);
        var newcomer = new Recorder("newcomer", []);
        await using (var server = await StartAsync(store, after, newcomer))
        {
            using var three = await server.PostAsync("""{"contact_id":"three","message":"hi"}""");

            Assert.Equal("two", (await after.NextAsync()).Conversation!.Value.Contact);
            Assert.Equal("three", (await after.NextAsync()).Conversation!.Value.Contact);
            Assert.Equal("three", (await newcomer.NextAsync()).Conversation!.Value.Contact);
        }
    }

    [Fact]
    public async Task What_another_node_stored_is_found_without_being_rung_for()
    {
        var handler = new Recorder("all", []);
        await using var server = await StartAsync(handler);

        var (arrival, _) = server.Services.GetRequiredService<Lull.Receiving.WebhookInterpreter>()
            .Interpret(new("""{"contact_id":"c","message":"hi"}"""u8.ToArray(), Lull.Receiving.WebhookMedia.Json, """{"content-type":"application/json"}""", null));
        await server.Store.AppendAsync(arrival, Deadline);
        await server.Time.RunOutAsync(HandlerFeed.PollInterval);

        Assert.Equal("c", (await handler.NextAsync()).Conversation!.Value.Contact);
    }

    private static Task<ReceivingServer> StartAsync(params Recorder[] handlers) => StartAsync(null, handlers);

    private static Task<ReceivingServer> StartAsync(FakeStore? store, params Recorder[] handlers)
        => ReceivingServer.StartAsync(store: store, configure: services =>
        {
            foreach (var handler in handlers)
            {
                services.AddSingleton<IWebhookHandler>(handler);
            }
        });

    private sealed class Recorder(string name, IReadOnlyCollection<string> types) : IWebhookHandler
    {
        private readonly Channel<ReceivedWebhook> _seen = Channel.CreateUnbounded<ReceivedWebhook>();
        private int _calls;

        public string Name => name;

        public IReadOnlyCollection<string> Types => types;

        public Exception? Fault { get; set; }

        public bool Hangs { get; init; }

        public int Calls => _calls;

        public int Waiting => _seen.Reader.Count;

        public Task HandleAsync(ReceivedWebhook webhook, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            if (Fault is not null)
            {
                throw Fault;
            }

            // Never looks at its token, as the worst of them do.
            return Hangs ? new TaskCompletionSource().Task : _seen.Writer.WriteAsync(webhook, CancellationToken.None).AsTask();
        }

        public async Task<ReceivedWebhook> NextAsync() => await _seen.Reader.ReadAsync(Deadline).AsTask().InTime();
    }
}
