using System.Globalization;
using System.Text.Json;

namespace Lull.Bench.Servers;

/// <summary>The real server on a store of its own, set up so that no burst comes due while it is measured.</summary>
internal sealed class LullServer : ILoadedServer
{
    private const string ArmedMark = " conversations with something open are waited for";

    /// <summary>How long every measured server waits for silence: the longest, so that nothing comes due meanwhile.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(300);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string Built = Path.Combine(AppContext.BaseDirectory, "Lull.dll");

    private readonly HttpClient _client;

    private readonly ILullStore _store;

    private LullServer(ServerProcess process, ILullStore store, bool countsStore)
    {
        _store = store;
        Process = process;
        Usage = new([process.Id, .. countsStore ? store.Processes : []]);
        _client = new() { BaseAddress = process.Address, Timeout = Patience };
    }

    public string Name => "Lull";

    public Uri Address => Process.Address;

    /// <summary>With the store's own processes.</summary>
    public ProcessUsage Usage { get; }

    public ServerProcess Process { get; }

    /// <param name="store">Lives on, and is found again by the next start.</param>
    /// <param name="folder">A folder that exists, where the process runs.</param>
    /// <param name="program">The Lull.dll to measure; null is the one that was built beside the benchmark.</param>
    /// <param name="more">Settings that differ.</param>
    /// <param name="countsStore">False for one of several on the same store.</param>
    public static async Task<LullServer> StartAsync(
        ILullStore store, string folder, string? program, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? more = null, bool countsStore = true)
    {
        var settings = new Dictionary<string, string>
        {
            ["HOST"] = "127.0.0.1",
            ["PORT"] = "0",
            ["LOG_FORMAT"] = "json",
            ["MESSAGE_BATCH_WAIT_TIME"] = $"{Wait.TotalSeconds:0}",
            ["MESSAGE_BATCH_MAX_WAIT"] = "3600",
        };
        foreach (var (name, value) in store.Settings.Concat(more ?? new Dictionary<string, string>()))
        {
            settings[name] = value;
        }

        return new(await ServerProcess.StartAsync(new("Lull", "dotnet", [program ?? Built]) { Folder = folder, Settings = settings }, cancellationToken), store, countsStore);
    }

    /// <summary>How many conversations it waits for since its start, and when it was ready to.</summary>
    public async Task<(int Count, TimeSpan At)> ArmedAsync(CancellationToken cancellationToken)
    {
        var (at, text) = await Process.LineAsync(ArmedMark, cancellationToken);
        var before = text[..text.IndexOf(ArmedMark, StringComparison.Ordinal)];
        var count = before[(before.LastIndexOfAny(['"', ' ']) + 1)..];
        return (int.Parse(count, CultureInfo.InvariantCulture), at);
    }

    public async Task<MetricsPage> MetricsAsync(CancellationToken cancellationToken) => new(await _client.GetStringAsync("/metrics", cancellationToken));

    /// <summary>How many bursts wait, as an operator would ask.</summary>
    public async Task<int> WaitingAsync(CancellationToken cancellationToken)
    {
        using var status = JsonDocument.Parse(await _client.GetStringAsync("/queue-status?limit=1", cancellationToken));
        return status.RootElement.GetProperty("waiting").GetInt32();
    }

    /// <summary>Kills it first, so that what is counted is what was on its way to the disk when it acknowledged.</summary>
    public async Task<StoredCount?> CountAsync(WebhookIds sent, CancellationToken cancellationToken)
    {
        await Process.DisposeAsync();
        return new(await _store.CountAsync(cancellationToken), sent.Messages, "messages");
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return Process.DisposeAsync();
    }
}
