namespace Lull.Bench.Servers;

/// <summary>A PostgreSQL of its own in a folder, as it comes: fsync and synchronous_commit are on.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Installed = "/usr/lib/postgresql", User = "lull";

    /// <summary>SIGQUIT: it and gunicorn end at once, and leave neither shared memory nor processes behind.</summary>
    public const int Quit = 3;

    private readonly ServerProcess _process;
    private readonly string _folder;
    private readonly int _port;

    private PostgresServer(ServerProcess process, string folder, int port) => (_process, _folder, _port) = (process, folder, port);

    /// <summary>Debian keeps the server's programs beside each other, one folder for a version; null if there is none.</summary>
    public static string? Programs => !Directory.Exists(Installed)
        ? null
        : Directory.EnumerateDirectories(Installed).Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault();

    public int ProcessId => _process.Id;

    public string Url => UrlOf("postgres");

    /// <param name="schema">A file of statements that make what is needed; null is none.</param>
    public static async Task<PostgresServer> StartAsync(string parent, string? schema, CancellationToken cancellationToken)
    {
        var (programs, port) = (Programs!, FreePort.Find());
        var folder = await Unprivileged.FolderAsync(Path.Combine(parent, "postgres"), cancellationToken);
        var data = Path.Combine(folder, "data");
        await Tool.RunAsync(
            Unprivileged.Program("initdb", folder, Path.Combine(programs, "initdb"), "-D", data, "-A", "trust", "-U", User, "-E", "UTF8", "--locale", "C"), cancellationToken);
        var program = Unprivileged.Program(
            "PostgreSQL", folder, Path.Combine(programs, "postgres"), "-D", data, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=");
        var process = await ServerProcess.StartAsync(program with { ReadyMark = "ready to accept connections", StopSignal = Quit }, cancellationToken);
        var server = new PostgresServer(process, folder, port);
        try
        {
            if (schema is not null)
            {
                await server.QueryAsync(await File.ReadAllTextAsync(schema, cancellationToken), cancellationToken);
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public string UrlOf(string database) => $"postgresql://{User}@127.0.0.1:{_port}/{database}";

    /// <returns>The bare value of a query that has one.</returns>
    public async Task<string> QueryAsync(string sql, CancellationToken cancellationToken, string database = "postgres")
        => (await Tool.RunAsync(new("psql", Path.Combine(Programs!, "psql"), [UrlOf(database), "-v", "ON_ERROR_STOP=1", "-Atc", sql]) { Folder = _folder }, cancellationToken)).Trim();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
