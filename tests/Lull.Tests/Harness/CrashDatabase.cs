using Lull.Hosting;
using Lull.Tests.Harness.Postgres;
using Npgsql;

namespace Lull.Tests.Harness;

/// <summary>The database of a crash test, with Lull's tables in it: on the shared server, or on one that the test may stop.</summary>
internal sealed class CrashDatabase : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly PgBouncerServer? _ownPool;

    private CrashDatabase(TestDatabase database, PostgresServer? own, PgBouncerServer? ownPool, string url)
        => (_database, Own, _ownPool, Url) = (database, own, ownPool, url);

    /// <summary>As <c>DATABASE_URL</c> has it.</summary>
    public string Url { get; }

    /// <summary>The server, if it is the test's own.</summary>
    public PostgresServer? Own { get; }

    public static async Task<CrashDatabase> CreateAsync(CrashStage stage)
    {
        var own = stage.HasOwnServer ? await PostgresServer.CreateAsync() : null;
        var database = own is null ? await TestDatabase.CreateAsync() : await TestDatabase.CreateOnAsync(own);
        await MakeTablesAsync(database);
        if (!stage.IsPooled)
        {
            return new(database, own, null, database.Url);
        }

        var ownPool = own is null ? null : await PgBouncerServer.StartAsync(own);
        return new(database, own, ownPool, database.UrlThrough((ownPool ?? await PgBouncerServer.SharedAsync()).Port));
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownPool is not null)
        {
            await _ownPool.DisposeAsync();
        }

        // A server of its own goes with all that is in it.
        if (Own is not null)
        {
            await Own.DisposeAsync();
            return;
        }

        await _database.DisposeAsync();
    }

    private static async Task MakeTablesAsync(TestDatabase database)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString + ";Pooling=false");
        await using var create = source.CreateCommand("CREATE SCHEMA lull; CREATE SCHEMA lull_cluster;" + Script("0001_tables") + Script("0002_cluster"));
        await create.ExecuteNonQueryAsync();
    }

    private static string Script(string name)
    {
        using var script = new StreamReader(typeof(LullHost).Assembly.GetManifestResourceStream($"Lull.Storage.Postgres.Scripts.{name}.sql")!);
        return script.ReadToEnd().Replace("{schema}", "lull", StringComparison.Ordinal).Replace("{cluster}", "lull_cluster", StringComparison.Ordinal);
    }
}
