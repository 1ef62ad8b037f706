using Lull.Hosting;
using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.Hosting;

/// <summary>A server whose database is not there, or not for it, when it starts.</summary>
public sealed class DatabaseAtStartTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    [Fact]
    public async Task It_waits_for_one_that_comes_a_little_later_and_makes_its_tables()
    {
        await using var proxy = CuttingProxy.To(_database.Port);
        proxy.Refuse();

        using var server = Serve(_database.UrlThrough(proxy.Port));
        var waiting = await server.ReadToAsync("is waited for");
        proxy.Resume();
        await server.ReadToAsync("listens on");
        server.Terminate();

        Assert.Contains($"127.0.0.1:{proxy.Port}/{_database.Name}", waiting, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await server.EndAsync()).ExitCode);
        Assert.True(await _database.QueryAsync<bool>("SELECT to_regclass('lull.messages') IS NOT NULL AND to_regclass('lull_cluster.members') IS NOT NULL"));
    }

    [Fact]
    public async Task It_ends_at_once_where_it_is_not_let_in_and_says_what_to_do()
    {
        using var server = Serve($"postgresql://{PostgresServer.User}:not-this-one@127.0.0.1:{_database.Port}/{_database.Name}");

        var (exitCode, error) = await server.EndAsync();

        Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
        Assert.Contains("Check the user and the password in DATABASE_URL", error, StringComparison.Ordinal);
        Assert.DoesNotContain("not-this-one", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database.DisposeAsync();
    }

    private StartedCommand Serve(string url) => StartedCommand.Start(_folder.Path, ["serve"], ("DATABASE_URL", url), ("HOST", "127.0.0.1"), ("PORT", "0"));
}
