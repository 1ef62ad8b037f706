using Lull.Hosting.Clustering;
using Lull.Tests.Harness.Postgres;
using Npgsql;

namespace Lull.Tests.Hosting.Clustering;

/// <summary>A database with the cluster's tables and nothing else.</summary>
internal sealed class ClusterDatabase : IAsyncDisposable
{
    public const string Schema = "lull_cluster";

    private readonly TestDatabase _database;

    private ClusterDatabase(TestDatabase database, NpgsqlDataSource source) => (_database, Source) = (database, source);

    public NpgsqlDataSource Source { get; }

    public string ConnectionString => _database.ConnectionString;

    public static MembershipStatements Statements { get; } = new(Schema);

    public static async Task<ClusterDatabase> CreateAsync(bool throughPgBouncer = false)
    {
        var database = await TestDatabase.CreateAsync();
        await database.MigrateAsync();
        var connection = throughPgBouncer ? await database.ConnectionStringThroughPgBouncerAsync() + ";No Reset On Close=true" : database.ConnectionString;
        return new(database, NpgsqlDataSource.Create(connection + ";Maximum Pool Size=20"));
    }

    /// <summary>The table as one node sees it.</summary>
    public PostgresMembershipTable Table(string clusterId = "lull") => new(Source, Statements, clusterId);

    public Task<T> QueryAsync<T>(string sql) => _database.QueryAsync<T>(sql);

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _database.DisposeAsync();
    }
}
