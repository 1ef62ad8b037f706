using Microsoft.Data.Sqlite;

namespace Lull.Bench.Runs;

/// <summary>Between which sizes of the store the cost of a webhook is compared.</summary>
/// <param name="Measured">Webhooks of one turn.</param>
internal sealed record GrowthPlan(int Small, int Large, int Measured, int Rounds)
{
    /// <summary>The budget: the large store's CPU per webhook beside the small one's.</summary>
    public const double Most = 1.2;

    public static GrowthPlan Smoke => new(Small: 500, Large: 1500, Measured: 200, Rounds: 1);
}

/// <summary>
/// What a webhook costs in CPU on a small and on a large store. The server itself fills both, at full speed, so every table, index and mark of a duplicate is as it would be; between portions what is stored is closed,
/// as if answered, since five million open messages are nobody's store.
/// </summary>
internal sealed class GrowthRun(RunSetup setup, GrowthPlan plan)
{
    private const int Connections = 256, Portion = 250_000, WarmUp = 2_000;
    private const string Close = "UPDATE messages SET batch = 0 WHERE batch IS NULL AND outcome = 1";

    private static readonly TimeSpan LongestPortion = TimeSpan.FromSeconds(200);

    // All code is compiled at its first call, so that a warm-up need not be longer than the small store is large.
    private static readonly Dictionary<string, string> NoTiers = new() { ["DOTNET_TieredCompilation"] = "0" };

    private readonly WebhookIds _ids = new(meanMessages: 3);

    /// <exception cref="BenchException">A webhook failed, or the server did, or it was too slow to fill the store.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = setup.NewFolder();
        var (small, large) = (Path.Combine(folder.Path, "small"), Path.Combine(folder.Path, "large"));
        await FillAsync(small, plan.Small, cancellationToken);
        await FillAsync(large, plan.Large, cancellationToken);
        IngestResult onSmall = new(), onLarge = new();
        for (var round = 0; round < plan.Rounds; round++)
        {
            // The large store hardly changes by being measured; the small one would, so each turn has a copy.
            var copy = folder.NewFolder();
            Directory.CreateDirectory(Path.Combine(copy, "data"));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(small, "data")))
            {
                File.Copy(file, Path.Combine(copy, "data", Path.GetFileName(file)));
            }

            onSmall.Add(await TurnAsync(copy, cancellationToken));
            onLarge.Add(await TurnAsync(large, cancellationToken));
            await CloseAsync(large, cancellationToken);
        }

        Write(onSmall, onLarge, new FileInfo(StoreIn(large)).Length);
    }

    private static string StoreIn(string folder) => Path.Combine(folder, "data", "lull.db");

    private async Task FillAsync(string folder, int messages, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        for (var left = messages; left > 0; left -= Portion)
        {
            var portion = Math.Min(Portion, left);
            await using (var lull = await LullServer.StartAsync(folder, setup.Lull, cancellationToken))
            {
                using var load = ClosedLoop.Connect(lull.Address, _ids, Connections);
                var stored = await load.RunAsync(LongestPortion, portion, cancellationToken);
                if (stored.Count != portion)
                {
                    throw new BenchException($"Only {stored.Count} of {portion} messages were stored within {LongestPortion.TotalSeconds:0} s.");
                }
            }

            await CloseAsync(folder, cancellationToken);
        }
    }

    private static async Task CloseAsync(string folder, CancellationToken cancellationToken)
    {
        await using var store = new SqliteConnection($"Data Source={StoreIn(folder)};Pooling=false");
        await store.OpenAsync(cancellationToken);
        await using var close = store.CreateCommand();
        close.CommandText = Close;
        await close.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<IngestTurn> TurnAsync(string folder, CancellationToken cancellationToken)
    {
        await using var lull = await LullServer.StartAsync(folder, setup.Lull, cancellationToken, setup.IsSmoke ? null : NoTiers);
        using var load = ClosedLoop.Connect(lull.Address, _ids, Connections);
        await load.RunAsync(LongestPortion, Math.Min(WarmUp, plan.Measured), cancellationToken);
        await lull.Usage.SettleAsync(setup.Settling, cancellationToken);
        var before = lull.Usage.Cpu;
        var result = await load.RunAsync(LongestPortion, plan.Measured, cancellationToken);
        await lull.Usage.SettleAsync(setup.Settling, cancellationToken);
        return new(result, lull.Usage.Cpu - before, lull.Usage.ResidentMiB, lull.Usage.PeakMiB, Groups: null);
    }

    private void Write(IngestResult small, IngestResult large, long bytes)
    {
        var table = new Table(
            $"growth: {plan.Rounds} rounds of {plan.Measured} webhooks on each, {setup.Machine}", "measured", $"{plan.Small} messages", $"{plan.Large} messages", "large / small");
        table.Add("CPU per webhook", small.CpuEach.Show("0.0", " µs"), large.CpuEach.Show("0.0", " µs"), large.CpuRatioTo(small).Show("0.00", " ×"));
        table.Add("acknowledged webhooks/s", small.PerSecond.Show("0", ""), large.PerSecond.Show("0", ""), large.RatioTo(small).Show("0.00", " ×"));
        table.Add("acknowledgement p99", Show.Milliseconds(small.Latencies.At(0.99)), Show.Milliseconds(large.Latencies.At(0.99)));
        table.Add("memory after a turn, most", Show.MiB(small.ResidentMiB), Show.MiB(large.ResidentMiB));
        table.Add("store's file", "", Show.MiB(bytes / 1048576.0));
        table.WriteTo(setup.Output);
        setup.Output.WriteLine(Budget.AtMost("CPU per webhook, large store / small", GrowthPlan.Most, large.CpuRatioTo(small).Median, " ×"));
    }
}
