using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.Harness;

/// <summary>The database of a crash test: on the shared server, or on one that the test may stop.</summary>
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
}
