using System.Text;
using Lull.Storage.Moving;
using Lull.Storage.Postgres;
using Lull.Storage.Postgres.Moving;
using Lull.Storage.Sqlite.Moving;
using Lull.Tests.Harness.Postgres;
using Lull.Tests.Storage.Postgres;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Storage.Moving;

/// <summary>An embedded store in which everything has happened that can, its server ended in the middle of it; and the empty database that it goes into.</summary>
internal sealed class StoreToMove : IAsyncDisposable
{
    /// <summary>What databases and encodings trip over.</summary>
    public const string Words = "naïve 👩‍👩‍👧 𝄞 \uFFFD \u0001 'quoted' \\ {\"json\":1}";

    private readonly AuditedStore _store;
    private readonly TestDatabase _database;

    private StoreToMove(AuditedStore store, TestDatabase database, string shown, DateTimeOffset now)
        => (_store, _database, Shown, Time) = (store, database, shown, new(now));

    /// <summary>What it showed before its server ended.</summary>
    public string Shown { get; }

    /// <summary>The clock at which it ended.</summary>
    public FakeTimeProvider Time { get; }

    public string File => Path.Combine(_store.Folder, "lull.db");

    public TestDatabase Database => _database;

    /// <summary>Of the message that was erased.</summary>
    public static DuplicateKey ErasedKey { get; } = DuplicateKey.ForMessage(AuditedStore.Contact("erased"), "ext-erased");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private PostgresOptions Options => new() { ConnectionString = _database.ConnectionString };

    public static async Task<StoreToMove> CreateAsync()
    {
        var audited = await AuditedStore.CreateAsync();
        await LiveOnAsync(audited);
        Assert.Empty((await audited.AuditAsync()).Violations);
        var (shown, now) = (await ShownStore.OfAsync(audited.Store, Cancellation), audited.Store.Now);
        await audited.Store.DisposeAsync();
        var database = await TestDatabase.CreateAsync();
        await database.MigrateAsync();
        return new(audited, database, shown, now);
    }

    /// <param name="disturbed">What takes the place of the source.</param>
    public async Task<AuditReport> MoveAsync(Func<IMoveSource, IMoveSource>? disturbed = null)
    {
        using var source = await SqliteMoveSource.OpenAsync(File, TimeProvider.System, Cancellation);
        var audited = await source.AuditAsync(10, Cancellation);
        return await PostgresMoveTarget.FillAsync(
            Options, disturbed?.Invoke(source) ?? source, audited, new MoveProgress(_ => { }, TimeProvider.System), TimeProvider.System, Cancellation);
    }

    public PostgresNodes Nodes() => new(_database, Time, _database.ConnectionString);

    /// <summary>Rows in all of Lull's tables.</summary>
    public async Task<long> RowsAsync()
    {
        long rows = 0;
        foreach (var table in (string[])[.. MovedTable.All.Select(table => table.Name), "seen"])
        {
            rows += await _database.QueryAsync<long>($"SELECT count(*) FROM lull.{table}");
        }

        return rows;
    }

    public ValueTask DisposeAsync() => DisposeBothAsync();

    public static WebhookArrival Arrival(ConversationId id, string externalId, string text) => new()
    {
        Dialect = "simple",
        Type = Words,
        Body = Encoding.UTF8.GetBytes(text),
        Headers = "{}",
        Outcome = WebhookOutcome.Batched,
        Conversation = id,
        Profile = new() { Name = Words },
        Message = new() { Conversation = id, Text = text, Lane = new("SMS", "+1"), ExternalId = externalId, Attachments = ["https://x.test/a?b='c'"] },
        DuplicateKeys = [DuplicateKey.ForMessage(id, externalId)],
    };

    private async ValueTask DisposeBothAsync()
    {
        await _store.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>What the audited store has not lived through: replies in the making when the server ends, an erasure, and all that operators set.</summary>
    private static async Task LiveOnAsync(AuditedStore audited)
    {
        var store = audited.Store;
        await store.ClaimAsync(AuditedStore.Contact("released"), ShownStore.Window, TimeSpan.FromHours(6), Cancellation);
        Assert.NotNull(await store.ForceAsync(AuditedStore.Contact("reopened"), Cancellation));
        var replied = Assert.IsType<ClaimResult.Claimed>(
            await store.ClaimAsync(AuditedStore.Contact("reopened"), ShownStore.Window, TimeSpan.FromHours(6), Cancellation)).Batch.Ticket;
        Assert.True(await store.BeginReplyAsync(replied, Cancellation));
        Assert.True(await store.SaveReplyAsync(replied, new(Words, "model", false, new(3, 4)), Cancellation));

        await store.AppendAsync(Arrival(AuditedStore.Contact("erased"), "ext-erased", "forget me"), Cancellation);
        await store.EraseAsync(AuditedStore.Contact("erased"), Cancellation);
        await store.AppendAsync(Arrival(new("loc/2 ü", "ann:ü%"), "id-1", Words), Cancellation);
        Assert.NotNull(await store.ForceAsync(new("loc/2 ü", "ann:ü%"), Cancellation));
        await store.SilenceAsync(AuditedStore.Contact("delivered"), "opt_out", store.Now.AddDays(30), Cancellation);
        await store.PauseAsync(null, "holiday", Cancellation);
        await store.PauseAsync("loc/2 ü", Words, Cancellation);
        await store.SetFaultAsync(Faulted.Model, "no credit", store.Now.AddMinutes(1), Cancellation);
        await store.RaiseAsync("cause", Words, Cancellation);
        await store.RaiseAsync("told", "and told", Cancellation);
        await store.ToldAsync((await store.UntoldAsync(10, Cancellation)).Single(item => item.Cause == "told").Id, Cancellation);
        await store.SetWaitOverrideAsync(45, Cancellation);
        await store.MoveCursorAsync("orders", new(77), Cancellation);
        await store.SpendTokensAsync(new(100, 20), wasted: false, Cancellation);
    }
}
