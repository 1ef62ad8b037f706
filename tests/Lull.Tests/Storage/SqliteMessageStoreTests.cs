using Lull.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lull.Tests.Storage;

public sealed class SqliteMessageStoreTests : MessageStoreContract
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "lull-test-" + Guid.NewGuid().ToString("n"));

    [Fact]
    public async Task A_second_process_is_told_who_holds_the_file()
    {
        var refused = await Assert.ThrowsAsync<StoreInUseException>(OpenAsync);

        Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_database_is_named_in_a_sentence_and_left_alone()
    {
        await CloseAsync(Store);
        var file = Path.Combine(_folder, "lull.db");
        await File.WriteAllTextAsync(file, new string('x', 5000), Cancellation);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(OpenAsync);

        Assert.Contains(_folder, refused.Message, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(file).Length);
        File.Delete(file);
        Reopened(await OpenAsync());
    }

    [Fact]
    public async Task A_full_disk_refuses_webhooks_and_lets_running_work_be_recorded()
    {
        await SayAsync("Hi");
        await CloseAsync(Store);
        await using var full = await OpenAsync(minFreeBytes: long.MaxValue);

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await full.AppendAsync(Message("more", Ann), Cancellation));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => full.CheckAsync(Cancellation));
        Pass(31);
        Assert.IsType<ClaimResult.Claimed>(await full.ClaimAsync(Ann, Window, Stale, Cancellation));
    }

    [Fact]
    public async Task A_locked_database_refuses_and_recovers_by_itself()
    {
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "lull.db")};Pooling=False"))
        {
            other.Open();
            using var begin = other.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.AppendAsync(Message("refused", Ann), patience.Token));
        }

        await SayAsync("taken");
        Pass(31);
        Assert.Equal(["taken"], Texts(await ClaimedAsync()));
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_memory_as_the_disk_is()
    {
        await SayAsync("before");
        var failing = Message("unstorable", Ann) with { Headers = null! };

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => Task.Run(() => TryAppendAsync(i == 5 ? failing : Message($"good {i}", Ann)), Cancellation)));

        Assert.Equal(9, outcomes.Count(stored => stored));
        Pass(31);
        Assert.Equal(10, (await ClaimedAsync()).Messages.Count);
    }

    [Fact]
    public async Task A_step_in_a_group_that_fails_is_taken_all_the_same()
    {
        var said = await SayAsync("Hi");
        var batch = await RepliedAsync();
        Assert.IsType<FenceResult.Send>(await Store.FenceAsync(batch.Ticket, Window, record: false, Cancellation));
        using var other = Other();
        Execute(other, "CREATE TRIGGER injected BEFORE UPDATE OF error ON messages BEGIN SELECT RAISE(ABORT, 'injected'); END");

        // While the first waits for the lock, the others gather in one group.
        Execute(other, "BEGIN IMMEDIATE");
        var first = Store.CheckAsync(Cancellation);
        var delivered = Store.DeliveredAsync(batch.Ticket, "ghl1", Cancellation);
        var failing = Store.NoteErrorAsync(said.Id, "never stored", Cancellation);
        Execute(other, "COMMIT");

        await first;
        await Assert.ThrowsAnyAsync<Exception>(() => failing);
        Assert.True(await delivered);
        Assert.Equal("answered", (await FateAsync(said.Id)).State);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void The_folder_is_for_its_owner_only()
        => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));

    private protected override async Task<IMessageStore> OpenAsync() => await OpenAsync(minFreeBytes: 0);

    private protected override async ValueTask CloseAsync(IMessageStore store) => await ((SqliteMessageStore)store).DisposeAsync();

    private protected override ValueTask CleanUpAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<SqliteMessageStore> OpenAsync(long minFreeBytes)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        var store = new SqliteMessageStore(
            new StorageOptions { DataDirectory = _folder, MinFreeBytes = minFreeBytes, LockWait = TimeSpan.Zero }, Time, new StoreMetrics(meters), NullLogger<SqliteMessageStore>.Instance);
        try
        {
            await store.OpenAsync(Cancellation);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private Microsoft.Data.Sqlite.SqliteConnection Other()
    {
        var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "lull.db")};Pooling=False");
        other.Open();
        return other;
    }

    private static void Execute(Microsoft.Data.Sqlite.SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async Task<bool> TryAppendAsync(WebhookArrival arrival)
    {
        try
        {
            await Store.AppendAsync(arrival, Cancellation);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return false;
        }
    }
}
