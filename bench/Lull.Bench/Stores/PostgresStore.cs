using System.Globalization;

namespace Lull.Bench.Stores;

/// <summary>A database on a PostgreSQL that the benchmark starts, on the same machine and disk.</summary>
/// <param name="ownsServer">False for a copy: it ends with the one that started the server.</param>
internal sealed class PostgresStore(PostgresServer server, string database, bool ownsServer) : ILullStore
{
    private const string First = "lull";

    /// <summary>Where a Lull finds it.</summary>
    public string Url => server.UrlOf(database);

    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["DATABASE_URL"] = Url };

    public IReadOnlyList<int> Processes => [server.ProcessId];

    /// <exception cref="BenchException">PostgreSQL is not installed, or does not start.</exception>
    public static async Task<PostgresStore> StartAsync(string folder, CancellationToken cancellationToken)
    {
        if (PostgresServer.Programs is null)
        {
            throw new BenchException("PostgreSQL is not installed; apt-get install --yes --no-install-recommends postgresql");
        }

        var server = await PostgresServer.StartAsync(folder, schema: null, cancellationToken);
        await server.QueryAsync($"CREATE DATABASE {First}", cancellationToken);
        return new(server, First, ownsServer: true);
    }

    public async Task<long> CountAsync(CancellationToken cancellationToken)
        => long.Parse(await RunAsync("SELECT count(*) FROM lull.messages", cancellationToken), CultureInfo.InvariantCulture);

    // What autovacuum would do within minutes is done at once, so that no run meets the last one's leavings.
    public async Task CloseOpenAsync(CancellationToken cancellationToken)
    {
        await RunAsync("UPDATE lull.messages SET batch = 0 WHERE batch IS NULL AND outcome = 1", cancellationToken);
        await RunAsync("VACUUM ANALYZE lull.messages", cancellationToken);
        await RunAsync("CHECKPOINT", cancellationToken);
    }

    public async Task<ILullStore> CopyAsync(string folder, CancellationToken cancellationToken)
    {
        var copy = "copy_" + Path.GetFileName(folder);
        await server.QueryAsync($"CREATE DATABASE \"{copy}\" TEMPLATE \"{database}\"", cancellationToken);
        return new PostgresStore(server, copy, ownsServer: false);
    }

    public async Task<double> SizeInMiBAsync(CancellationToken cancellationToken)
        => double.Parse(await RunAsync("SELECT pg_database_size(current_database())", cancellationToken), CultureInfo.InvariantCulture) / 1048576;

    public ValueTask DisposeAsync() => ownsServer ? server.DisposeAsync() : ValueTask.CompletedTask;

    private Task<string> RunAsync(string sql, CancellationToken cancellationToken) => server.QueryAsync(sql, cancellationToken, database);
}
