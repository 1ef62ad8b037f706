using Npgsql;

namespace Lull.Tests.Harness.Postgres;

/// <summary>A PostgreSQL of its own: its folder, its port on loopback, gone with the tests however they end.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>Owns its databases and nothing else, as an operator's role does. The password has what URLs and pg_hba trip over.</summary>
    public const string User = "lull", Password = "p@ss/w:o#r%d?&= é";

    private const string Superuser = "postgres", Ready = "database system is ready to accept", Failed = "database system is shut down";
    private const int Attempts = 3;

    private static readonly Lazy<Task<PostgresServer>> SharedOne = new(() => CreateAsync(

        // Nothing here is read again after a crash of the machine: no test of the shared server is about what is on the disk.
        // synchronous_commit is left as it is: what the store does with it is for tests to see.
        "fsync=off", "full_page_writes=off"));

    private readonly string _folder;
    private readonly string[] _settings;
    private WatchedServer? _server;

    private PostgresServer(string folder, int port, string[] settings) => (_folder, Port, _settings) = (folder, port, settings);

    /// <summary>The one of this test run, for databases of their own (<see cref="TestDatabase"/>): never stopped by a test.</summary>
    public static Task<PostgresServer> SharedAsync() => SharedOne.Value;

    public int Port { get; }

    /// <summary>May do everything, in any database.</summary>
    public string SuperuserConnectionString => ConnectionStringOf("postgres", Port, Superuser);

    /// <summary>A new server with fsync on, which a test may stop and start.</summary>
    /// <param name="settings"><c>name=value</c> as in <c>postgresql.conf</c>.</param>
    public static async Task<PostgresServer> CreateAsync(params string[] settings)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new PostgresServer(await NewFolderAsync(), ServerTools.FreePort(), settings);
            try
            {
                await server.StartAsync();
                await server.ExecuteAsync($"CREATE ROLE {User} LOGIN PASSWORD '{Password}'");
                return server;
            }
            catch (InvalidOperationException exception) when (attempt < Attempts && exception.Message.Contains("could not bind", StringComparison.Ordinal))
            {
                // Somebody else took the port between the look and the start.
            }
        }
    }

    /// <summary>A standby that follows it, for a failover: everything it has is copied from there.</summary>
    public async Task<PostgresServer> StandbyAsync()
    {
        var folder = ServerTools.NewFolder("standby");
        await ServerTools.RunAsync(
            ServerTools.Find("pg_basebackup"),
            ["-d", $"host=127.0.0.1 port={Port} user={Superuser} password='{Password}'", "-D", Path.Combine(folder, "data"), "-R", "-X", "stream", "-c", "fast", "--no-sync"],
            folder);
        var standby = new PostgresServer(folder, ServerTools.FreePort(), _settings);
        await standby.StartAsync();
        return standby;
    }

    /// <summary>For Npgsql, as the databases' owner.</summary>
    public static string ConnectionStringOf(string database, int port, string user = User) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = user,
        Password = Password,
        Database = database,
        Timeout = 15,
    }.ToString();

    /// <summary>Starts it (again) on its port.</summary>
    public async Task StartAsync() => _server = await WatchedServer.StartAsync(
        _folder, "QUIT", Ready, Failed,
        [
            // Beside initdb: of the same version, whatever else is on the path.
            Path.Combine(Path.GetDirectoryName(ServerTools.Find("initdb"))!, "postgres"), "-D", Path.Combine(_folder, "data"), "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "max_connections=300", .. _settings.SelectMany(setting => (string[])["-c", setting]),
        ]);

    /// <summary>As an operator restarts it: sessions are cut, what is committed is written.</summary>
    public Task StopAsync() => StopAsync("INT");

    /// <summary>As when it crashes: the next start recovers from its log.</summary>
    public Task CrashAsync() => StopAsync("QUIT");

    /// <summary>Runs something as the superuser.</summary>
    public Task ExecuteAsync(string sql, string database = "postgres") => QueryAsync<object?>(sql, database);

    /// <summary>The bare value of a query that has one, asked as the superuser.</summary>
    public async Task<T> QueryAsync<T>(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionStringOf(database, Port, Superuser) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.EndAsync();
        }
        else if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static async Task<string> NewFolderAsync()
    {
        var folder = ServerTools.NewFolder("postgres");
        var password = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(password, Password);
        await ServerTools.RunAsync(
            ServerTools.Find("initdb"),
            ["-D", Path.Combine(folder, "data"), "-U", Superuser, "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale", "C", "--no-sync"],
            folder);
        return folder;
    }

    private async Task StopAsync(string signal)
    {
        await _server!.SignalAsync(signal);
        _server = null;
    }
}
