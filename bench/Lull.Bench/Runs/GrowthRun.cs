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

    private static readonly TimeSpan LongestPortion = TimeSpan.FromSeconds(200);

    // All code is compiled at its first call, so that a warm-up need not be longer than the small store is large.
    private static readonly Dictionary<string, string> NoTiers = new() { ["DOTNET_TieredCompilation"] = "0" };

    private readonly WebhookIds _ids = new(meanMessages: 3);

    /// <exception cref="BenchException">A webhook failed, or the server did, or it was too slow to fill the store.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = setup.NewFolder();
        await using var small = await setup.NewStoreAsync(folder.NewFolder(), cancellationToken);
        await using var large = await setup.NewStoreAsync(folder.NewFolder(), cancellationToken);
        await FillAsync(small, folder.Path, plan.Small, cancellationToken);
        await FillAsync(large, folder.Path, plan.Large, cancellationToken);
        IngestResult onSmall = new(), onLarge = new();
        for (var round = 0; round < plan.Rounds; round++)
        {
            // The large store hardly changes by being measured; the small one would, so each turn has a copy.
            await using var copy = await small.CopyAsync(folder.NewFolder(), cancellationToken);
            onSmall.Add(await TurnAsync(copy, folder.Path, cancellationToken));
            onLarge.Add(await TurnAsync(large, folder.Path, cancellationToken));
            await large.CloseOpenAsync(cancellationToken);
        }

        Write(onSmall, onLarge, await large.SizeInMiBAsync(cancellationToken));
    }

    private async Task FillAsync(ILullStore store, string folder, int messages, CancellationToken cancellationToken)
    {
        for (var left = messages; left > 0; left -= Portion)
        {
            var portion = Math.Min(Portion, left);
            await using (var lull = await LullServer.StartAsync(store, folder, setup.Lull, cancellationToken))
            {
                using var load = ClosedLoop.Connect(lull.Address, _ids, Connections);
                var stored = await load.RunAsync(LongestPortion, portion, cancellationToken);
                if (stored.Count != portion)
                {
                    throw new BenchException($"Only {stored.Count} of {portion} messages were stored within {LongestPortion.TotalSeconds:0} s.");
                }
            }

            await store.CloseOpenAsync(cancellationToken);
        }
    }

    private async Task<IngestTurn> TurnAsync(ILullStore store, string folder, CancellationToken cancellationToken)
    {
        await using var lull = await LullServer.StartAsync(store, folder, setup.Lull, cancellationToken, setup.IsSmoke ? null : NoTiers);
        using var load = ClosedLoop.Connect(lull.Address, _ids, Connections);
        await load.RunAsync(LongestPortion, Math.Min(WarmUp, plan.Measured), cancellationToken);
        await lull.Usage.SettleAsync(setup.Settling, cancellationToken);
        var before = lull.Usage.Cpu;
        var result = await load.RunAsync(LongestPortion, plan.Measured, cancellationToken);
        await lull.Usage.SettleAsync(setup.Settling, cancellationToken);
        return new(result, lull.Usage.Cpu - before, lull.Usage.ResidentMiB, lull.Usage.PeakMiB, Groups: null);
    }

    private void Write(IngestResult small, IngestResult large, double size)
    {
        var table = new Table(
            $"growth: {plan.Rounds} rounds of {plan.Measured} webhooks on each, {setup.Machine}", "measured", $"{plan.Small} messages", $"{plan.Large} messages", "large / small");
        table.Add("CPU per webhook", small.CpuEach.Show("0.0", " µs"), large.CpuEach.Show("0.0", " µs"), large.CpuRatioTo(small).Show("0.00", " ×"));
        table.Add("acknowledged webhooks/s", small.PerSecond.Show("0", ""), large.PerSecond.Show("0", ""), large.RatioTo(small).Show("0.00", " ×"));
        table.Add("acknowledgement p99", Show.Milliseconds(small.Latencies.At(0.99)), Show.Milliseconds(large.Latencies.At(0.99)));
        table.Add("memory after a turn, most", Show.MiB(small.ResidentMiB), Show.MiB(large.ResidentMiB));
        table.Add("large store's size", "", Show.MiB(size));
        table.WriteTo(setup.Output);
        setup.Output.WriteLine(Budget.AtMost("CPU per webhook, large store / small", GrowthPlan.Most, large.CpuRatioTo(small).Median, " ×"));
    }
}
