using Lull.Hosting;
using Lull.Tests.Harness.Postgres;
using Lull.Tests.Storage.Postgres.Migrating;
using Microsoft.Data.Sqlite;

namespace Lull.Tests.Hosting;

/// <summary><c>lull migrate</c> as an operator calls it.</summary>
public sealed class MigrateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private (string, string) Folder => ("DATA_DIR", Path.Combine(_folder.Path, "data"));

    [Fact]
    public async Task On_a_file_it_checks_applies_and_is_done()
    {
        await CheckedAsync("missing 0001_tables", ExitCodes.Failed, Folder);
        Assert.False(Directory.Exists(Folder.Item2));

        using (var migrate = StartedCommand.Start(_folder.Path, ["migrate"], Folder))
        {
            await migrate.ReadToAsync("applied 0001_tables");
            await migrate.ReadToAsync("applied 0002_seen_runs");
            await migrate.ReadToAsync("up to date");
            Assert.Equal((ExitCodes.Done, ""), await migrate.EndAsync());
        }

        await CheckedAsync("up to date", ExitCodes.Done, Folder);
    }

    [Fact]
    public async Task On_a_database_it_checks_applies_and_is_done()
    {
        await using var database = await TestDatabase.CreateAsync();
        await CheckedAsync("missing 0001_tables", ExitCodes.Failed, ("DATABASE_URL", database.Url));

        using (var migrate = StartedCommand.Start(_folder.Path, ["migrate"], ("DATABASE_URL", database.Url)))
        {
            await migrate.ReadToAsync("applied 0001_tables");
            await migrate.ReadToAsync("applied 0002_cluster");
            await migrate.ReadToAsync("up to date");
            Assert.Equal((ExitCodes.Done, ""), await migrate.EndAsync());
        }

        await CheckedAsync("up to date", ExitCodes.Done, ("DATABASE_URL", database.Url));
        await MigratorUnderTest.RunAsync(database.ConnectionString, MigratorUnderTest.And("-- compatible: yes\n"));
        await CheckedAsync("one newer than this Lull's", ExitCodes.Done, ("DATABASE_URL", database.Url));
    }

    [Theory]
    [InlineData("migrate")]
    [InlineData("serve")]
    public async Task A_newer_store_is_refused_alike_whichever_it_is(string word)
    {
        await using var database = await TestDatabase.CreateAsync();
        await MigratorUnderTest.RunAsync(database.ConnectionString, MigratorUnderTest.And("-- compatible: no\n"));
        Directory.CreateDirectory(Folder.Item2);
        using (var newer = new SqliteConnection($"Data Source={Path.Combine(Folder.Item2, "lull.db")};Pooling=False"))
        {
            newer.Open();
            using var command = newer.CreateCommand();
            command.CommandText = "PRAGMA user_version=99";
            command.ExecuteNonQuery();
        }

        foreach (var setting in new[] { Folder, ("DATABASE_URL", database.Url) })
        {
            using var refused = StartedCommand.Start(_folder.Path, [word], setting, ("HOST", "127.0.0.1"), ("PORT", "0"));

            var (exitCode, error) = await refused.EndAsync();
            Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
            Assert.Matches(@"The database is of version \d+, newer than the \d+ this Lull knows\. Run the newer Lull, or restore a backup made before the upgrade\.", error);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("DATABASE_URL", "postgres://:::")]
    [InlineData("DATABASE_URL_FILE", "/nowhere/at/all")]
    [InlineData("DATABASE_SCHEMA", "public")]
    public async Task What_names_the_wrong_place_makes_no_store_in_another(string name, string value)
    {
        using var migrate = StartedCommand.Start(_folder.Path, ["migrate"], Folder, (name, value));

        var (exitCode, error) = await migrate.EndAsync();
        Assert.Equal(ExitCodes.BadSettings, exitCode);
        Assert.Contains(name, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder.Item2));
    }

    [Fact]
    public async Task What_is_no_store_is_named()
    {
        Directory.CreateDirectory(Folder.Item2);
        await File.WriteAllTextAsync(Path.Combine(Folder.Item2, "lull.db"), new string('x', 5000), TestContext.Current.CancellationToken);

        foreach (var words in (string[][])[["migrate"], ["migrate", "--check"]])
        {
            using var migrate = StartedCommand.Start(_folder.Path, words, Folder);
            var (exitCode, error) = await migrate.EndAsync();
            Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
            Assert.Contains("cannot be opened", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private async Task CheckedAsync(string line, int exitCode, (string, string) setting)
    {
        using var check = StartedCommand.Start(_folder.Path, ["migrate", "--check"], setting);
        await check.ReadToAsync(line);
        Assert.Equal((exitCode, ""), await check.EndAsync());
    }
}
