using Lull.Hosting;
using Lull.Tests.Harness.Postgres;

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

    public void Dispose() => _folder.Dispose();
}
