using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

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

    private readonly string _data;

    private LullServer(ServerProcess process, string data)
    {
        _data = data;
        Process = process;
        _client = new() { BaseAddress = process.Address, Timeout = Patience };
    }

    public string Name => "Lull";

    public Uri Address => Process.Address;

    public ProcessUsage Usage => Process.Usage;

    public ServerProcess Process { get; }

    /// <param name="folder">A folder that exists; the store lies in it and is found again by the next start.</param>
    /// <param name="program">The Lull.dll to measure; null is the one that was built beside the benchmark.</param>
    public static async Task<LullServer> StartAsync(string folder, string? program, CancellationToken cancellationToken)
    {
        var data = Path.Combine(folder, "data");
        var settings = new Dictionary<string, string>
        {
            ["HOST"] = "127.0.0.1",
            ["PORT"] = "0",
            ["DATA_DIR"] = data,
            ["LOG_FORMAT"] = "json",
            ["MESSAGE_BATCH_WAIT_TIME"] = $"{Wait.TotalSeconds:0}",
            ["MESSAGE_BATCH_MAX_WAIT"] = "3600",
        };
        return new(await ServerProcess.StartAsync(new("Lull", "dotnet", [program ?? Built]) { Folder = folder, Settings = settings }, cancellationToken), data);
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
        await using var store = new SqliteConnection($"Data Source={Path.Combine(_data, "lull.db")};Pooling=false");
        await store.OpenAsync(cancellationToken);
        await using var count = store.CreateCommand();
        count.CommandText = "SELECT count(*) FROM messages";
        return new((long)(await count.ExecuteScalarAsync(cancellationToken))!, sent.Messages, "messages");
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return Process.DisposeAsync();
    }
}
