using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Migrating;
using Npgsql;

namespace Lull.Tests.Harness.Postgres;

/// <summary>A database of a test's own on the shared server, gone with it.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    /// <summary>Migrated once in a test run; a copy of it is made in a moment.</summary>
    private static readonly Lazy<Task<string>> Template = new(async () =>
    {
        var database = await CreateAsync();
        var options = new PostgresOptions { ConnectionString = database.ConnectionString + ";Pooling=false" };
        await using (var source = PostgresSource.Open(options))
        {
            await new PostgresMigrations(source, options, TimeProvider.System).ApplyAsync(new(_ => { }, _ => { }), CancellationToken.None);
        }

        // Whoever is connected would keep it from being copied.
        await database._server.ExecuteAsync($"ALTER DATABASE {database.Name} ALLOW_CONNECTIONS false");
        return database.Name;
    });

    private readonly PostgresServer _server;

    private TestDatabase(PostgresServer server, string name) => (_server, Name) = (server, name);

    public string Name { get; }

    /// <summary>For Npgsql, directly, as the role that owns the database.</summary>
    public string ConnectionString => ConnectionStringThrough(_server.Port);

    /// <summary>As <c>DATABASE_URL</c> has it.</summary>
    public string Url => UrlThrough(_server.Port);

    /// <summary>The server's own port, for whoever stands in front of it.</summary>
    public int Port => _server.Port;

    /// <summary>Empty, as an operator's is before the first start.</summary>
    public static async Task<TestDatabase> CreateAsync() => await CreateOnAsync(await PostgresServer.SharedAsync());

    /// <summary>With Lull's tables, as its own migrations make them, in the schemas of the default settings.</summary>
    public static async Task<TestDatabase> CreateMigratedAsync() => await CreateOnAsync(await PostgresServer.SharedAsync(), await Template.Value);

    /// <summary>The same on a server that the test may stop.</summary>
    public static async Task<TestDatabase> CreateOnAsync(PostgresServer server, string template = "template0")
    {
        var database = new TestDatabase(server, $"test_{Guid.NewGuid():N}");
        await server.ExecuteAsync($"CREATE DATABASE {database.Name} OWNER {PostgresServer.User} TEMPLATE {template}");
        return database;
    }

    /// <summary>Through something that listens on another port: a <see cref="PgBouncerServer"/>, a <see cref="CuttingProxy"/>.</summary>
    public string ConnectionStringThrough(int port) => PostgresServer.ConnectionStringOf(Name, port);

    /// <summary>Through the shared PgBouncer in transaction mode.</summary>
    public async Task<string> ConnectionStringThroughPgBouncerAsync() => ConnectionStringThrough((await PgBouncerServer.SharedAsync()).Port);

    public string UrlThrough(int port) => $"postgresql://{PostgresServer.User}:{Uri.EscapeDataString(PostgresServer.Password)}@127.0.0.1:{port}/{Name}";

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
