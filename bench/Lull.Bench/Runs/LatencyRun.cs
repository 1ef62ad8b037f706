namespace Lull.Bench.Runs;

/// <summary>A fixed rate for a time.</summary>
internal sealed record LatencyPlan(int PerSecond, TimeSpan Measured, TimeSpan WarmUp)
{
    /// <summary>The budget for the 99th percentile: so many commits, or so many milliseconds if that is more.</summary>
    public const double MostCommits = 10, MostAtLeast = 5;

    public LatencyPlan(int perSecond, int seconds, int warmUp)
        : this(perSecond, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(warmUp))
    {
    }

    public static LatencyPlan Smoke => new(100, TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(0.2));
}

/// <summary>How long an acknowledgement takes at a rate the server can easily keep up with.</summary>
internal sealed class LatencyRun(RunSetup setup, LatencyPlan plan)
{
    /// <exception cref="BenchException">A webhook failed, or the server did.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = setup.NewFolder();
        var (forcedWrite, commit) = (DiskProbe.MedianForcedWrite(folder.Path), DiskProbe.MedianCommit(folder.Path));
        await using var store = await setup.NewStoreAsync(folder.Path, cancellationToken);
        await using var lull = await LullServer.StartAsync(store, folder.Path, setup.Lull, cancellationToken);
        using var load = OpenLoop.Connect(lull.Process.Address, new(meanMessages: 3));
        await load.RunAsync(plan.PerSecond, plan.WarmUp, cancellationToken);
        var before = lull.Usage.Cpu;
        var (result, lateness) = await load.RunAsync(plan.PerSecond, plan.Measured, cancellationToken);
        await lull.Usage.SettleAsync(setup.Settling, cancellationToken);
        Write(result, lateness, lull.Usage.Cpu - before, forcedWrite, (commit + DiskProbe.MedianCommit(folder.Path)) / 2);
    }

    private void Write(LoadResult result, Percentiles lateness, TimeSpan cpu, TimeSpan forcedWrite, TimeSpan commit)
    {
        var table = new Table($"latency: {plan.PerSecond}/s for {plan.Measured.TotalSeconds:0.#} s, {setup.Machine}", "measured", "Lull");
        table.Add("acknowledged webhooks", Show.PerSecond(result.PerSecond));
        foreach (var percent in (double[])[50, 90, 99, 99.9])
        {
            table.Add($"acknowledgement p{percent}", Show.Milliseconds(result.Latencies.At(percent / 100)));
        }

        table.Add("acknowledgement max", Show.Milliseconds(result.Latencies.Max));
        table.Add("of this, sent late p50, p99", $"{Show.Milliseconds(lateness.At(0.5))}, {Show.Milliseconds(lateness.At(0.99))}");
        table.Add("CPU per webhook", Show.MicrosecondsEach(cpu, result.Count));
        table.Add("one forced 4 KiB write p50", Show.Milliseconds(forcedWrite));
        table.Add("one commit of SQLite's, p50 before and after", Show.Milliseconds(commit));
        table.WriteTo(setup.Output);
        var most = Math.Max(LatencyPlan.MostCommits * commit.TotalMilliseconds, LatencyPlan.MostAtLeast);
        setup.Output.WriteLine(Budget.AtMost($"acknowledgement p99 at {plan.PerSecond}/s", most, result.Latencies.At(0.99).TotalMilliseconds, " ms"));
    }
}
