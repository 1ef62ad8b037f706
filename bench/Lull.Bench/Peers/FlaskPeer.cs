using System.Globalization;

namespace Lull.Bench.Peers;

/// <summary>A plain Flask server under gunicorn, which stores each message in PostgreSQL before it answers.</summary>
internal sealed class FlaskPeer : ILoadedServer
{
    private const string Gunicorn = "/usr/bin/gunicorn", Modules = "/usr/lib/python3/dist-packages";

    /// <summary>Twice the cores and one more, as gunicorn's own documentation advises; threads, so that commits can be shared.</summary>
    private const int ThreadsEach = 8;

    private readonly ServerProcess _process;
    private readonly PostgresServer _store;

    private FlaskPeer(ServerProcess process, PostgresServer store)
    {
        (_process, _store) = (process, store);
        Usage = new(process.Id, store.ProcessId);
    }

    public static Peer Description => new("Flask + PostgreSQL", Parts, async (folder, setup, token) => await StartAsync(folder.Path, token));

    public string Name => "Flask + PostgreSQL";

    public Uri Address => _process.Address;

    public ProcessUsage Usage { get; }

    public async Task<StoredCount?> CountAsync(WebhookIds sent, CancellationToken cancellationToken)
        => new(long.Parse(await _store.QueryAsync("SELECT count(*) FROM messages", cancellationToken), CultureInfo.InvariantCulture), sent.Messages, "messages");

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static IReadOnlyList<PeerPart> Parts() =>
    [
        new("gunicorn", File.Exists(Gunicorn), PeerInstall.Debian("gunicorn")),
        new("python3-flask", Directory.Exists(Path.Combine(Modules, "flask")), PeerInstall.Debian("python3-flask")),
        new("python3-psycopg2", Directory.Exists(Path.Combine(Modules, "psycopg2")), PeerInstall.Debian("python3-psycopg2")),
        new("postgresql", PostgresServer.Programs is not null, PeerInstall.Debian("postgresql")),
    ];

    private static async Task<FlaskPeer> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var source = SourceTree.Find("bench", "peers", "flask");
        var store = await PostgresServer.StartAsync(folder, Path.Combine(source, "schema.sql"), cancellationToken);
        try
        {
            var settings = new Dictionary<string, string>
            {
                ["DATABASE_URL"] = store.Url,
                ["WAIT_SECONDS"] = $"{LullServer.Wait.TotalSeconds:0}",
                ["PORT"] = $"{FreePort.Find()}",
                ["WORKERS"] = $"{(2 * Environment.ProcessorCount) + 1}",
                ["THREADS"] = $"{ThreadsEach}",
                ["PYTHONDONTWRITEBYTECODE"] = "1",
            };
            var program = new ServerProgram("Flask", Gunicorn, ["--config", Path.Combine(source, "gunicorn.conf.py"), "--chdir", source, "app:app"])
            {
                Folder = folder,
                Settings = settings,
                ReadyMark = "Listening at: http",
                StopSignal = PostgresServer.Quit,
            };
            return new(await ServerProcess.StartAsync(program, cancellationToken), store);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }
}
