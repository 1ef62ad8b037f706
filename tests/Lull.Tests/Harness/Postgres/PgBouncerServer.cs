namespace Lull.Tests.Harness.Postgres;

/// <summary>PgBouncer in transaction mode in front of a server, as Supabase's pooler and others put it there: every database, no session state, no prepared statements.</summary>
internal sealed class PgBouncerServer : IAsyncDisposable
{
    private const string Ready = "process up:", Failed = "FATAL";

    private static readonly Lazy<Task<PgBouncerServer>> SharedOne = new(async () => await StartAsync(await PostgresServer.SharedAsync()));

    private readonly WatchedServer _server;

    private PgBouncerServer(WatchedServer server, int port) => (_server, Port) = (server, port);

    public int Port { get; }

    /// <summary>The one of this test run, in front of the shared server: never stopped by a test.</summary>
    public static Task<PgBouncerServer> SharedAsync() => SharedOne.Value;

    /// <param name="settings"><c>name=value</c> as in <c>pgbouncer.ini</c>; of two the later one holds.</param>
    public static async Task<PgBouncerServer> StartAsync(PostgresServer behind, params string[] settings)
    {
        var (folder, port) = (ServerTools.NewFolder("pgbouncer"), ServerTools.FreePort());
        var (users, file) = (Path.Combine(folder, "users.txt"), Path.Combine(folder, "pgbouncer.ini"));
        await File.WriteAllTextAsync(users, $"\"{PostgresServer.User}\" \"{PostgresServer.Password.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
        await File.WriteAllTextAsync(file, Settings(behind.Port, port, users, settings));
        return new(await WatchedServer.StartAsync(folder, "TERM", Ready, Failed, ServerTools.Find("pgbouncer"), file), port);
    }

    public async ValueTask DisposeAsync() => await _server.EndAsync();

    private static string Settings(int behind, int port, string users, string[] settings) => $"""
        [databases]
        * = host=127.0.0.1 port={behind}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = scram-sha-256
        auth_file = {users}
        pool_mode = transaction
        default_pool_size = 20
        max_client_conn = 1000
        {string.Join('\n', settings)}

        """;
}
