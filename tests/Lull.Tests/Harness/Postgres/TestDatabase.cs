using Lull.Storage.Postgres.Migrating;
using Npgsql;

namespace Lull.Tests.Harness.Postgres;

/// <summary>An empty database of a test's own on the shared server, gone with it.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly PostgresServer _server;

    private TestDatabase(PostgresServer server, string name) => (_server, Name) = (server, name);

    public string Name { get; }

    /// <summary>For Npgsql, directly, as the role that owns the database.</summary>
    public string ConnectionString => ConnectionStringThrough(_server.Port);

    /// <summary>As <c>DATABASE_URL</c> has it.</summary>
    public string Url => UrlThrough(_server.Port);

    /// <summary>The server's own port, for whoever stands in front of it.</summary>
    public int Port => _server.Port;

    public static async Task<TestDatabase> CreateAsync() => await CreateOnAsync(await PostgresServer.SharedAsync());

    /// <summary>The same on a server that the test may stop.</summary>
    public static async Task<TestDatabase> CreateOnAsync(PostgresServer server)
    {
        var database = new TestDatabase(server, $"test_{Guid.NewGuid():N}");
        await server.ExecuteAsync($"CREATE DATABASE {database.Name} OWNER {PostgresServer.User} TEMPLATE template0");
        return database;
    }

    /// <summary>Through something that listens on another port: a <see cref="PgBouncerServer"/>, a <see cref="CuttingProxy"/>.</summary>
    public string ConnectionStringThrough(int port) => PostgresServer.ConnectionStringOf(Name, port);

    /// <summary>Through the shared PgBouncer in transaction mode.</summary>
    public async Task<string> ConnectionStringThroughPgBouncerAsync() => ConnectionStringThrough((await PgBouncerServer.SharedAsync()).Port);

    public string UrlThrough(int port) => $"postgresql://{PostgresServer.User}:{Uri.EscapeDataString(PostgresServer.Password)}@127.0.0.1:{port}/{Name}";

    /// <summary>Makes Lull's tables, as a start does.</summary>
    public async Task MigrateAsync()
    {
        var options = new PostgresOptions { ConnectionString = ConnectionString };
        await using var source = NpgsqlDataSource.Create(ConnectionString + ";Pooling=false");
        await new Migrator(source, options).ApplyAsync(CancellationToken.None);
    }

    /// <summary>Runs something in this database as the superuser.</summary>
    public Task ExecuteAsync(string sql) => _server.ExecuteAsync(sql, Name);

    /// <summary>The bare value of a query that has one, asked as the superuser.</summary>
    public Task<T> QueryAsync<T>(string sql) => _server.QueryAsync<T>(sql, Name);

    public async ValueTask DisposeAsync()
    {
        await using (var pool = new NpgsqlConnection(ConnectionString))
        {
            NpgsqlConnection.ClearPool(pool);
        }

        await _server.ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
    }
}
