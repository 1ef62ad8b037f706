using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.EndToEnd.Cluster;

/// <summary>The database's machine is gone and its standby takes its place.</summary>
public sealed class FailoverTests
{
    [Fact]
    public async Task After_a_failover_to_a_synchronous_standby_nothing_acknowledged_is_lost_and_everything_goes_on_by_itself()
    {
        await using var primary = await PostgresServer.CreateAsync("wal_level=replica");
        var database = await TestDatabase.CreateOnAsync(primary, endsWithServer: true);
        await using var standby = await primary.StandbyAsync();
        await primary.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await primary.ExecuteAsync("SELECT pg_reload_conf()");
        await SeveralNodes.UntilAsync(
            () => primary.QueryAsync<long>("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"), count => count == 1, "the standby does not follow");
        await using var nodes = await SeveralNodes.StartOnAsync(database, 2, isCluster: true, ("DATABASE_URL", Both(database, standby)));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(contact => nodes.SayUntilTakenAsync($"before{contact}")));

        var meanwhile = Task.WhenAll(Enumerable.Range(0, 10).Select(contact => nodes.SayUntilTakenAsync($"meanwhile{contact}")));
        await primary.CrashAsync();
        await standby.ExecuteAsync("SELECT pg_promote()");

        // Nobody follows the new one: it must not wait for that.
        await SeveralNodes.UntilAsync(() => standby.QueryAsync<bool>("SELECT pg_is_in_recovery()"), isStandby => !isStandby, "the standby is not promoted");
        await standby.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await standby.ExecuteAsync("SELECT pg_reload_conf()");
        await meanwhile;
        await nodes.EverythingIsAnsweredOnceAsync();
        Assert.True((await nodes.Nodes[1].GetAsync("/audit")).GetProperty("clean").GetBoolean());
    }

    private static string Both(TestDatabase database, PostgresServer standby)
        => database.Url.Replace($"127.0.0.1:{database.Port}", $"127.0.0.1:{database.Port},127.0.0.1:{standby.Port}", StringComparison.Ordinal);
}
