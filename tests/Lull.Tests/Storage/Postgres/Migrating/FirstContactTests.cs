using System.Collections.Concurrent;
using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Migrating;
using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>A start whose database is not there; what it is not waited for is in <see cref="MigrationWaitTests"/>.</summary>
public sealed class FirstContactTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_comes_up_later_is_waited_for_and_told_of()
    {
        await using var server = await PostgresServer.CreateAsync("fsync=off");
        await using var database = await TestDatabase.CreateOnAsync(server);
        await server.StopAsync();
        var waits = new ConcurrentQueue<string>();
        var told = new TaskCompletionSource();
        var schema = new PostgresSchema(Options(database.ConnectionString), (where, reason) =>
        {
            waits.Enqueue($"{where}: {reason}");
            told.TrySetResult();
        });

        var applying = schema.ApplyAsync(Cancellation);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await server.StartAsync();

        Assert.Equal(MigrationScript.Known.Select(script => script.Name), await applying);
        Assert.StartsWith($"postgresql://{PostgresServer.User}@127.0.0.1:{server.Port}/{database.Name}: ", waits.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_stays_away_is_named_without_its_password()
    {
        var options = Options(PostgresServer.ConnectionStringOf("lull", ServerTools.FreePort())) with { StartWait = TimeSpan.Zero };

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => new PostgresSchema(options, (_, _) => { }).MissingAsync(Cancellation));

        Assert.Contains("cannot be used", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Check that it runs", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("p@ss", refused.Message, StringComparison.Ordinal);
    }

    private static PostgresOptions Options(string connection) => new() { ConnectionString = ConnectionText.Read(connection) };
}
