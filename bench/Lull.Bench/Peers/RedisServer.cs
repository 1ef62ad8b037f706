using System.Globalization;

namespace Lull.Bench.Peers;

/// <summary>A Redis of its own in a folder that forces every write to the disk before it answers.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private RedisServer(ServerProcess process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public int ProcessId => _process.Id;

    public static async Task<RedisServer> StartAsync(string parent, CancellationToken cancellationToken)
    {
        var (folder, port) = (Directory.CreateDirectory(Path.Combine(parent, "redis")).FullName, FreePort.Find());
        IReadOnlyList<string> settings = ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always"];
        var program = new ServerProgram("Redis", "redis-server", settings) { Folder = folder, ReadyMark = "Ready to accept connections" };
        return new(await ServerProcess.StartAsync(program, cancellationToken), port);
    }

    /// <returns>The answer to a command that answers with a number.</returns>
    public async Task<long> AskAsync(CancellationToken cancellationToken, params IReadOnlyList<string> command)
        => long.Parse(await Tool.RunAsync(new("redis-cli", "redis-cli", ["-p", $"{Port}", .. command]) { Folder = Path.GetTempPath() }, cancellationToken), CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
