using System.Globalization;
using System.Text.Json;

namespace Lull.Bench.Servers;

/// <summary>The real server on a store of its own, set up so that no burst comes due while it is measured.</summary>
internal sealed class LullServer : IAsyncDisposable
{
    private const string ArmedMark = " conversations with something open are waited for";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client;

    private LullServer(ServerProcess process)
    {
        Process = process;
        _client = new() { BaseAddress = process.Address, Timeout = Patience };
    }

    public ServerProcess Process { get; }

    /// <param name="folder">A folder that exists; the store lies in it and is found again by the next start.</param>
    public static async Task<LullServer> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>
        {
            ["HOST"] = "127.0.0.1",
            ["PORT"] = "0",
            ["DATA_DIR"] = Path.Combine(folder, "data"),
            ["LOG_FORMAT"] = "json",
            ["MESSAGE_BATCH_WAIT_TIME"] = "300",
            ["MESSAGE_BATCH_MAX_WAIT"] = "3600",
        };
        return new(await ServerProcess.StartAsync("Lull", folder, [Path.Combine(AppContext.BaseDirectory, "Lull.dll")], settings, cancellationToken));
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

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return Process.DisposeAsync();
    }
}
