using Lull.Conversations;
using Lull.Storage.Postgres.Connecting;
using Npgsql;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Lull.Hosting.Clustering;

/// <summary>Makes this node's silo one of several that share the conversations.</summary>
internal static class ClusterSetup
{
    // Two connections: a heartbeat must not wait behind a read, and neither behind the store's work.
    private const int PoolSize = 2;

    public static void UseCluster(this ISiloBuilder silo, ClusterOptions options, PostgresOptions database)
    {
        var endpoint = ClusterEndpoint.Of(options);
        silo.Configure<Orleans.Configuration.ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = ("lull", options.ClusterId));
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = endpoint.Advertised.Address;
            endpoints.SiloPort = endpoint.Advertised.Port;
            endpoints.SiloListeningEndpoint = endpoint.Listening;

            // Nobody is a client of the silos: what they do for the outside they do through their own process.
            endpoints.GatewayPort = 0;
        });
        silo.Configure<ClusterMembershipOptions>(Watch);
        silo.Services.AddSingleton<IMembershipTable>(_ => new PostgresMembershipTable(Open(database), new(database.Schema + "_cluster"), options.ClusterId));
        silo.Services.AddSingleton<FatalEnd>();
        silo.Services.AddSingleton<IFatalErrorHandler>(provider => provider.GetRequiredService<FatalEnd>());
        silo.Services.AddHostedService<MembershipWatch>();
    }

    /// <summary>
    /// A killed node's connection is closed: it is declared dead after three probes, 6 s. One that has only gone silent is given the benefit of what it said in the last 12 s,
    /// so that a slow machine, a long collection or a full network does not make nodes declare each other dead. Leases end after 20 s whatever is decided here.
    /// </summary>
    private static void Watch(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        options.MinProbeTimeout = TimeSpan.FromSeconds(2);
        options.MaxProbeTimeout = TimeSpan.FromSeconds(4);
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 2;

        // Nodes that were all killed at once are not probed by anybody: their entries are stale after 15 s, and the next ones start without them.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        options.NumMissedTableIAmAliveLimit = 3;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(10);

        // Then it serves alone (ServeCommand).
        options.MaxJoinAttemptTime = TimeSpan.FromSeconds(30);
    }

    private static NpgsqlDataSource Open(PostgresOptions database)
    {
        var connection = new NpgsqlConnectionStringBuilder(database.ConnectionString) { MinPoolSize = 0, MaxPoolSize = PoolSize };
        return PostgresSource.Open(database with { ConnectionString = connection.ToString() });
    }
}
