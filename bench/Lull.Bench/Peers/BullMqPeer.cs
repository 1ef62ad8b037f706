namespace Lull.Bench.Peers;

/// <summary>BullMQ's debounce on a Redis that forces every write to the disk: the fastest durable one we know.</summary>
internal sealed class BullMqPeer : ILoadedServer
{
    private const string Shown = "BullMQ + Redis";

    private static readonly TimeSpan Trial = TimeSpan.FromSeconds(4);

    private readonly ServerProcess _process;
    private readonly RedisServer _store;

    private BullMqPeer(ServerProcess process, RedisServer store, int processes)
    {
        (_process, _store) = (process, store);
        Usage = new(process.Id, store.ProcessId);
        Name = $"{Shown} (Node × {processes})";
    }

    public static Peer Description => new(Shown, Parts, async (folder, setup, token) => await StartBetterAsync(folder, setup, token));

    public string Name { get; }

    public Uri Address => _process.Address;

    public ProcessUsage Usage { get; }

    /// <summary>A burst is one job, whose data the newest message replaces: earlier texts are gone, which is less than the whole job.</summary>
    public async Task<StoredCount?> CountAsync(WebhookIds sent, CancellationToken cancellationToken)
        => new(await _store.AskAsync(cancellationToken, "ZCARD", "bull:bursts:delayed"), sent.Contacts, "jobs (one for each contact)");

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static IReadOnlyList<PeerPart> Parts() =>
    [
        new("redis-server", Tool.IsThere("redis-server"), PeerInstall.Debian("redis-server")),
        new("Node", Tool.IsThere("node"), PeerInstall.Debian("nodejs")),
        new("npm", Tool.IsThere("npm"), PeerInstall.Debian("npm")),
        new("bullmq", Directory.Exists(Path.Combine(Source, "node_modules", "bullmq")), new("npm", ["install", "--ignore-scripts", "--prefix", Path.Combine("bench", "peers", "bullmq")])),
    ];

    private static string Source => SourceTree.Find("bench", "peers", "bullmq");

    /// <summary>One process or two, whichever acknowledges more on this machine today.</summary>
    private static async Task<BullMqPeer> StartBetterAsync(RunFolder folder, RunSetup setup, CancellationToken cancellationToken)
    {
        var (better, most) = (1, 0d);
        foreach (var processes in setup.IsSmoke ? Array.Empty<int>() : [1, 2])
        {
            await using var tried = await StartAsync(folder.NewFolder(), processes, cancellationToken);
            using var load = ClosedLoop.Connect(tried.Address, new(meanMessages: 3), connections: 256);
            await load.RunAsync(Trial, cancellationToken);
            var result = await load.RunAsync(Trial, cancellationToken);
            (better, most) = result.PerSecond > most ? (processes, result.PerSecond) : (better, most);
            setup.Output.WriteLine($"{tried.Name}, tried beforehand: {Show.PerSecond(result.PerSecond)}");
        }

        return await StartAsync(folder.NewFolder(), better, cancellationToken);
    }

    private static async Task<BullMqPeer> StartAsync(string folder, int processes, CancellationToken cancellationToken)
    {
        var store = await RedisServer.StartAsync(folder, cancellationToken);
        try
        {
            var settings = new Dictionary<string, string>
            {
                ["PORT"] = $"{FreePort.Find()}",
                ["REDIS_PORT"] = $"{store.Port}",
                ["WAIT_MS"] = $"{LullServer.Wait.TotalMilliseconds:0}",
                ["PROCESSES"] = $"{processes}",
                ["NODE_ENV"] = "production",
            };
            var program = new ServerProgram("BullMQ", "node", [Path.Combine(Source, "server.js")]) { Folder = folder, Settings = settings };
            return new(await ServerProcess.StartAsync(program, cancellationToken), store, processes);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }
}
