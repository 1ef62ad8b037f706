using System.Diagnostics.Metrics;
using System.Text;
using Lull.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Storage;

/// <summary>A store in which every end a message can have has happened once, by the store's own steps; and a way to damage it.</summary>
internal sealed class AuditedStore : IAsyncDisposable
{
    private static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);
    private static readonly TimeSpan Stale = TimeSpan.FromHours(6);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    private AuditedStore()
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        Store = new(new() { DataDirectory = Folder, MinFreeBytes = 0, LockWait = TimeSpan.Zero }, _time, new StoreMetrics(meters), NullLogger<SqliteMessageStore>.Instance);
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "lull-test-" + Guid.NewGuid().ToString("n"));

    public SqliteMessageStore Store { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<AuditedStore> CreateAsync()
    {
        var audited = await EmptyAsync();
        await audited.LiveAsync();
        return audited;
    }

    public static async Task<AuditedStore> EmptyAsync()
    {
        var audited = new AuditedStore();
        await audited.Store.OpenAsync(Cancellation);
        return audited;
    }

    public Task<AuditReport> AuditAsync(int limit = 100) => Store.AuditAsync(limit, Cancellation);

    public static ConversationId Contact(string name) => new("default", name);

    public async Task SayAsync(string contact, string? externalId = null) => await Store.AppendAsync(Arrival(contact, externalId), Cancellation);

    public static WebhookArrival Arrival(string contact, string? externalId = null) => new()
    {
        Dialect = "simple",
        Body = Encoding.UTF8.GetBytes("{}"),
        Headers = "{}",
        Outcome = WebhookOutcome.Batched,
        Conversation = Contact(contact),
        Message = new() { Conversation = Contact(contact), Text = "Hi", Lane = new("SMS", null), ExternalId = externalId },
        DuplicateKeys = externalId is null ? [] : [DuplicateKey.ForMessage(Contact(contact), externalId)],
    };

    /// <summary>Changes the tables behind the store's back; the schema's own guards are taken away first.</summary>
    public void Damage(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, "lull.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "DROP INDEX batches_unfinished;" + sql;
        command.ExecuteNonQuery();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Twelve contacts, each named after what became of its messages.</summary>
    private async Task LiveAsync()
    {
        foreach (var contact in (string[])["recorded", "rehearsed", "delivered", "refused", "unknown", "sending", "held", "dead", "reopened", "released", "suppressed"])
        {
            await SayAsync(contact, "ext-" + contact);
            await SayAsync(contact);
        }

        await SayAsync("delivered", "ext-delivered");
        await Store.AppendAsync(
            new() { Dialect = "simple", Body = "{}"u8.ToArray(), Headers = "{}", Outcome = WebhookOutcome.Recorded, Reason = "empty", Conversation = Contact("recorded") }, Cancellation);
        await Store.SilenceAsync(Contact("suppressed"), "paused", null, Cancellation);
        _time.Advance(TimeSpan.FromSeconds(31));

        await FenceAsync("recorded", record: true);
        await FenceAsync("rehearsed", record: true, isRehearsal: true);
        Assert.True(await Store.DeliveredAsync(await FenceAsync("delivered"), "ghl-1", Cancellation));
        Assert.True(await Store.EndAsync(await FenceAsync("refused"), BatchState.Suppressed, "DND", Cancellation));
        Assert.True(await Store.UnknownAsync(await FenceAsync("unknown"), new(Store.Now, Store.Now, 1, null), "timeout", Store.Now, Cancellation));
        await FenceAsync("sending");
        Assert.True(await Store.EndAsync(await ClaimAsync("held"), BatchState.Held, "not fit", Cancellation));
        Assert.True(await Store.EndAsync(await ClaimAsync("dead"), BatchState.DeadLettered, "400", Cancellation));
        Assert.True(await Store.EndAsync(await ClaimAsync("reopened"), BatchState.DeadLettered, "400", Cancellation));
        var dead = await Store.EndedAsync(BatchState.DeadLettered, 0, 10, Cancellation);
        Assert.NotNull(await Store.ReopenAsync(dead.Single(batch => batch.Conversation == Contact("reopened")).Batch, BatchState.DeadLettered, Cancellation));
        Assert.True(await Store.ReleaseAsync(await ClaimAsync("released"), new Release.Newer(), Cancellation));
        Assert.IsType<ClaimResult.Ended>(await Store.ClaimAsync(Contact("suppressed"), Window, Stale, Cancellation));
        await SayAsync("open");
    }

    private async Task<BatchTicket> ClaimAsync(string contact)
        => Assert.IsType<ClaimResult.Claimed>(await Store.ClaimAsync(Contact(contact), Window, Stale, Cancellation)).Batch.Ticket;

    private async Task<BatchTicket> FenceAsync(string contact, bool record = false, bool isRehearsal = false)
    {
        var ticket = await ClaimAsync(contact);
        Assert.True(await Store.SaveReplyAsync(ticket, new("Sure!", "test", isRehearsal, new(1, 1)), Cancellation));
        var fence = await Store.FenceAsync(ticket, Window, record, Cancellation);
        Assert.True(record ? fence is FenceResult.Recorded : fence is FenceResult.Send);
        return ticket;
    }
}
