using Lull.Hosting;
using Lull.Tests.Harness.Postgres;
using Lull.Tests.Storage.Postgres.Migrating;
using Microsoft.Data.Sqlite;

namespace Lull.Tests.Hosting;

/// <summary><c>lull migrate</c> as an operator or a pipeline calls it.</summary>
public sealed class MigrateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_database_is_checked_brought_up_to_date_and_checked_again()
    {
        await using var database = await TestDatabase.CreateAsync();

        using (var check = StartedCommand.Start(_folder.Path, ["migrate", "--check"], ("DATABASE_URL", database.Url)))
        {
            await check.ReadToAsync("not applied: 0001_tables");
            await check.ReadToAsync("lull migrate applies them");
            Assert.Equal((ExitCodes.Failed, ""), await check.EndAsync());
        }

        using (var migrate = StartedCommand.Start(_folder.Path, ["migrate"], ("DATABASE_URL", database.Url)))
        {
            await migrate.ReadToAsync("applied: 0001_tables");
            await migrate.ReadToAsync("is up to date.");
            Assert.Equal((ExitCodes.Done, ""), await migrate.EndAsync());
        }

        using var again = StartedCommand.Start(_folder.Path, ["migrate", "--check"], ("DATABASE_URL", database.Url));
        await again.ReadToAsync("is up to date.");
        Assert.Equal((ExitCodes.Done, ""), await again.EndAsync());
    }

    [Fact]
    public async Task A_file_is_checked_brought_up_to_date_and_checked_again()
    {
        using (var check = StartedCommand.Start(_folder.Path, ["migrate", "--check"]))
        {
            await check.ReadToAsync("not applied: 0001_tables");
            Assert.Equal((ExitCodes.Failed, ""), await check.EndAsync());
        }

        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.db", SearchOption.AllDirectories));
        using (var migrate = StartedCommand.Start(_folder.Path, ["migrate"]))
        {
            await migrate.ReadToAsync("applied: 0002_seen_runs");
            Assert.Equal((ExitCodes.Done, ""), await migrate.EndAsync());
        }

        using var again = StartedCommand.Start(_folder.Path, ["migrate", "--check"]);
        await again.ReadToAsync("is up to date.");
        Assert.Equal((ExitCodes.Done, ""), await again.EndAsync());
    }

    [Fact]
    public async Task What_it_cannot_enter_ends_with_75_and_what_to_do()
    {
        await using var database = await TestDatabase.CreateAsync();

        using var migrate = StartedCommand.Start(_folder.Path, ["migrate"], ("DATABASE_URL", $"postgresql://nobody@127.0.0.1:{database.Port}/{database.Name}"));

        var (exitCode, error) = await migrate.EndAsync();
        Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
        Assert.Contains("Check the user and the password in DATABASE_URL", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("migrate")]
    [InlineData("serve")]
    public async Task A_newer_store_is_refused_alike_whichever_it_is(string word)
    {
        await using var database = await TestDatabase.CreateAsync();
        await MigratorUnderTest.RunAsync(database.ConnectionString, MigratorUnderTest.And("-- compatible: no\n"));
        using (var newer = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "lull.db")};Pooling=False"))
        {
            newer.Open();
            using var command = newer.CreateCommand();
            command.CommandText = "PRAGMA user_version=99";
            command.ExecuteNonQuery();
        }

        foreach (var setting in new[] { ("DATA_DIR", _folder.Path), ("DATABASE_URL", database.Url) })
        {
            using var refused = StartedCommand.Start(_folder.Path, [word], setting, ("HOST", "127.0.0.1"), ("PORT", "0"));

            var (exitCode, error) = await refused.EndAsync();
            Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
            Assert.Matches(@"The database is of version \d+, newer than the \d+ this Lull knows\. Run the newer Lull, or restore a backup made before the upgrade\.", error);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("postgres://:::", "DATABASE_URL")]
    [InlineData("/nowhere/at/all", "DATABASE_URL_FILE")]
    [InlineData("public", "DATABASE_SCHEMA")]
    public async Task What_names_the_wrong_place_makes_no_store_in_another(string value, string name)
    {
        using var migrate = StartedCommand.Start(_folder.Path, ["migrate"], (name, value));

        var (exitCode, error) = await migrate.EndAsync();
        Assert.Equal(ExitCodes.BadSettings, exitCode);
        Assert.Contains(name, error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("migrate")]
    [InlineData("migrate", "--check")]
    public async Task What_is_no_store_is_named(params string[] words)
    {
        _folder.Write("lull.db", new string('x', 5000));

        using var migrate = StartedCommand.Start(_folder.Path, words, ("DATA_DIR", _folder.Path));

        var (exitCode, error) = await migrate.EndAsync();
        Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
        Assert.Contains("cannot be opened", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
