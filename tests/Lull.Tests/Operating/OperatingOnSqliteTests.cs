using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lull.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lull.Tests.Operating;

/// <summary>The same endpoints on the real store.</summary>
public sealed class OperatingOnSqliteTests : IAsyncLifetime
{
    private static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);
    private static readonly ConversationId Ann = new("default", "ann/1");

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "lull-test-" + Guid.NewGuid().ToString("n"));
    private SqliteMessageStore _store = null!;
    private OperatingServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await OperatingServer.StartAsync(real: Create);

        async Task<IMessageStore> Create(TimeProvider time)
        {
            var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
            _store = new(new() { DataDirectory = _folder, MinFreeBytes = 0, LockWait = TimeSpan.Zero }, time, new StoreMetrics(meters), NullLogger<SqliteMessageStore>.Instance);
            await _store.OpenAsync(Cancellation);
            return _store;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_contact_of_whom_there_are_only_journal_entries_can_be_erased()
    {
        await _store.AppendAsync(
            new()
            {
                Dialect = "simple",
                Body = "{}"u8.ToArray(),
                Headers = "{}",
                Outcome = WebhookOutcome.Recorded,
                Reason = WebhookArrival.UnknownLocation,
                Conversation = new("elsewhere", "bob"),
            },
            Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.GetAsync("/batch-status/bob")).Status);

        Assert.Equal(HttpStatusCode.OK, (await _server.AskAsync(HttpMethod.Delete, "/contacts/bob")).Status);

        Assert.Empty(await _store.JournalAsync(new(null, null, "bob", 10), Cancellation));
    }

    [Fact]
    public async Task A_burst_is_seen_forced_answered_exported_and_erased()
    {
        await SayAsync("Hi there");
        _server.Time.Advance(TimeSpan.FromSeconds(10));
        var second = await SayAsync("Are you open?", "ext-1");

        var waiting = await JsonAsync("/queue-status");
        Assert.Equal(1, (int)waiting["active_batches"]!);
        Assert.Equal(30, (int)waiting["batch_details"]!["ann/1"]!["time_remaining"]!);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.PostAsync("/force-process-batch/ann%2F1")).Status);
        Assert.Equal(0, (int)(await JsonAsync("/batch-status/ann%2F1"))["batch"]!["time_remaining"]!);

        var batch = await AnswerAsync("Yes, until six.");
        var status = await JsonAsync("/batch-status/ann%2F1");
        Assert.False((bool)status["active"]!);
        Assert.Equal("Yes, until six.", (string)status["last_reply"]!["text"]!);
        Assert.Equal(2, (int)status["last_reply"]!["message_count"]!);
        Assert.Equal(batch.Name, (string)status["last_reply"]!["batch_id"]!);
        Assert.Equal("answered", (string)(await JsonAsync($"/messages/{second.Id}"))["state"]!);
        Assert.Equal(second.Id.ToString(), (string)(await JsonAsync("/messages?external_id=ext-1&contact=ann%2F1"))["id"]!);
        Assert.Equal(["contact", "contact", "lull"], (await JsonAsync("/conversations/ann%2F1"))["messages"]!.AsArray().Select(entry => (string)entry!["from"]!));
        Assert.Equal(2, (await JsonAsync("/contacts/ann%2F1/export"))["webhooks"]!.AsArray().Count);

        Assert.Equal(HttpStatusCode.OK, (await _server.AskAsync(HttpMethod.Delete, "/contacts/ann%2F1")).Status);
        JsonAssert.Problem(await _server.GetAsync("/batch-status/ann%2F1"), HttpStatusCode.NotFound, "unknown-contact");
    }

    [Fact]
    public async Task A_dead_letter_is_listed_and_retried()
    {
        await SayAsync("Hi there");
        _server.Time.Advance(TimeSpan.FromSeconds(31));
        var batch = await ClaimAsync();
        Assert.True(await _store.BeginReplyAsync(batch.Ticket, Cancellation));
        Assert.True(await _store.EndAsync(batch.Ticket, BatchState.DeadLettered, "refused: content filter", Cancellation));

        var listed = await JsonAsync("/dead-letters");
        var retried = await _server.PostAsync("/dead-letters/retry", """{"reason":"content filter"}""");

        Assert.Equal(batch.Name, (string)listed["dead_letters"]![0]!["batch_id"]!);
        Assert.Equal(1, (int)JsonNode.Parse(retried.Body)!["retried"]!);
        Assert.Equal(1, (int)(await JsonAsync("/queue-status"))["waiting"]!);
        Assert.Empty((await JsonAsync("/dead-letters"))["dead_letters"]!.AsArray());
    }

    [Fact]
    public async Task A_stale_burst_is_held_and_released_or_dropped_by_name()
    {
        await SayAsync("Hi there");
        _server.Time.Advance(TimeSpan.FromDays(1));
        Assert.IsType<ClaimResult.Ended>(await _store.ClaimAsync(Ann, Window, TimeSpan.FromHours(6), Cancellation));

        var held = (await JsonAsync("/held"))["held"]![0]!;
        var path = $"/held/{Uri.EscapeDataString((string)held["batch_id"]!)}";

        Assert.Equal(HttpStatusCode.OK, (await _server.PostAsync($"{path}/drop")).Status);
        JsonAssert.Problem(await _server.PostAsync($"{path}/release"), HttpStatusCode.NotFound, "unknown-batch");
    }

    [Fact]
    public async Task Pauses_the_wait_time_and_what_needs_attention_are_kept()
    {
        await SayAsync("Hi there");
        await _store.RaiseAsync("fault:model", "The model refuses the key.", Cancellation);

        await _server.PostAsync("/pause");
        await _server.PostAsync("/batch-config", """{"batch_wait_time":45}""");
        await _server.PostAsync("/conversations/ann%2F1/pause", """{"minutes":5}""");
        var item = (await JsonAsync("/attention"))["attention"]![0]!;

        Assert.True((bool)(await JsonAsync("/pause"))["paused"]!);
        Assert.Equal("stored", (string)(await JsonAsync("/batch-config"))["source"]!);
        Assert.Equal("paused", (string)(await JsonAsync("/conversations/ann%2F1"))["silences"]![0]!["reason"]!);
        Assert.Equal(HttpStatusCode.OK, (await _server.PostAsync($"/attention/{item["id"]}/clear")).Status);
        Assert.Equal("healthy", (string)(await JsonAsync("/health"))["status"]!);
    }

    private async Task<JsonNode> JsonAsync(string path)
    {
        var (status, body) = await _server.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, status);
        return JsonNode.Parse(body)!;
    }

    private async Task<Receipt> SayAsync(string text, string? externalId = null) => await _store.AppendAsync(
        new()
        {
            Dialect = "simple",
            Type = "contact.reply",
            Body = Encoding.UTF8.GetBytes("{}"),
            Headers = "{}",
            Outcome = WebhookOutcome.Batched,
            Conversation = Ann,
            Message = new() { Conversation = Ann, Text = text, Lane = new("SMS", null), ExternalId = externalId },
            DuplicateKeys = externalId is null ? [] : [DuplicateKey.ForMessage(Ann, externalId)],
        },
        Cancellation);

    private async Task<Batch> ClaimAsync()
        => Assert.IsType<ClaimResult.Claimed>(await _store.ClaimAsync(Ann, Window, TimeSpan.FromHours(6), Cancellation)).Batch;

    private async Task<Batch> AnswerAsync(string text)
    {
        var batch = await ClaimAsync();
        Assert.True(await _store.BeginReplyAsync(batch.Ticket, Cancellation));
        Assert.True(await _store.SaveReplyAsync(batch.Ticket, new(text, "test", false, default), Cancellation));
        Assert.IsType<FenceResult.Recorded>(await _store.FenceAsync(batch.Ticket, Window, record: true, Cancellation));
        return batch;
    }
}
