using Lull.Hosting;
using Lull.Tests.Harness.Postgres;
using Lull.Tests.Storage;

namespace Lull.Tests.Hosting;

/// <summary><c>lull migrate --from-sqlite</c> as an operator calls it.</summary>
public sealed class MoveCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task It_makes_the_tables_moves_the_store_and_says_what_to_do_next()
    {
        await using var audited = await AuditedStore.CreateAsync();
        await audited.Store.DisposeAsync();
        await using var database = await TestDatabase.CreateAsync();

        using (var move = Start(audited.Folder, await ThroughPgBouncerAsync(database)))
        {
            await move.ReadToAsync("messages: 25 rows");
            await move.ReadToAsync("Moved 25 webhooks, 11 batches and 6 delivery records into postgresql://lull@127.0.0.1:");
            await move.ReadToAsync("Rename the file");
            Assert.Equal((ExitCodes.Done, ""), await move.EndAsync());
        }

        using var audit = StartedCommand.Start(_folder.Path, ["audit"], ("DATABASE_URL", database.Url));
        await audit.ReadToAsync("messages   23: 6 answered, 2 dead_lettered, 2 held, 9 open, 4 suppressed");
        Assert.Equal((ExitCodes.Done, ""), await audit.EndAsync());

        using var again = Start(audited.Folder, database.Url);
        var (exitCode, error) = await again.EndAsync();
        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Contains("is not empty", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_on_which_a_server_runs_is_refused_with_who_that_is()
    {
        await using var audited = await AuditedStore.CreateAsync();
        await using var database = await TestDatabase.CreateAsync();

        using var move = Start(audited.Folder, database.Url);

        var (exitCode, error) = await move.EndAsync();
        Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
        Assert.Contains($"is in use by process {Environment.ProcessId} on", error, StringComparison.Ordinal);
        Assert.False(await database.QueryAsync<bool>("SELECT to_regnamespace('lull') IS NOT NULL"));
    }

    [Fact]
    public async Task A_file_with_violations_is_refused_with_what_they_are()
    {
        await using var audited = await AuditedStore.CreateAsync();
        audited.Damage("UPDATE batches SET attempt = attempt + 1 WHERE contact = 'held'");
        await audited.Store.DisposeAsync();
        await using var database = await TestDatabase.CreateAsync();

        using var move = Start(audited.Folder, database.Url);

        var (exitCode, error) = await move.EndAsync();
        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Contains("VIOLATION batch_history_disagrees: batch_held_", error, StringComparison.Ordinal);
        Assert.Contains("has 1 violations and is not moved", error, StringComparison.Ordinal);
        Assert.False(await database.QueryAsync<bool>("SELECT to_regnamespace('lull') IS NOT NULL"));
    }

    [Fact]
    public async Task Without_a_database_or_a_file_it_says_what_is_missing()
    {
        using (var move = StartedCommand.Start(_folder.Path, ["migrate", "--from-sqlite", "lull.db"]))
        {
            var (exitCode, error) = await move.EndAsync();
            Assert.Equal(ExitCodes.BadSettings, exitCode);
            Assert.Contains("DATABASE_URL is not set", error, StringComparison.Ordinal);
        }

        await using var database = await TestDatabase.CreateAsync();
        using var nowhere = Start(_folder.Path, database.Url);
        var (code, text) = await nowhere.EndAsync();
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("There is no file", text, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private StartedCommand Start(string folder, string url)
        => StartedCommand.Start(_folder.Path, ["migrate", "--from-sqlite", Path.Combine(folder, "lull.db")], ("DATABASE_URL", url));

    private static async Task<string> ThroughPgBouncerAsync(TestDatabase database) => database.UrlThrough((await PgBouncerServer.SharedAsync()).Port);
}
