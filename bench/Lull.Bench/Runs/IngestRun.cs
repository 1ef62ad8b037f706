namespace Lull.Bench.Runs;

/// <summary>As many webhooks as the server acknowledges, beside a Kestrel that stores nothing, in turns on the same machine.</summary>
internal sealed class IngestRun(RunSetup setup, IngestPlan plan)
{
    private const string GroupSize = "lull_store_commit_group_size", CommitTime = "lull_store_commit_duration_seconds";

    /// <exception cref="BenchException">A webhook failed, or a server did.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = setup.NewFolder();
        await using var lull = await LullServer.StartAsync(folder.Path, cancellationToken);
        await using var bare = await ServerProcess.StartAsync(
            "The bare endpoint", folder.Path, [typeof(IngestRun).Assembly.Location, BareKestrel.Word], new Dictionary<string, string>(), cancellationToken);
        using var ours = await IngestSide.ConnectAsync(lull.Process, plan, cancellationToken);
        using var theirs = await IngestSide.ConnectAsync(bare, plan, cancellationToken);
        await theirs.WarmUpAsync(plan.WarmUp < IngestPlan.MostBareWarmUp ? plan.WarmUp : IngestPlan.MostBareWarmUp, cancellationToken);
        await ours.WarmUpAsync(plan.WarmUp, cancellationToken);
        var before = await lull.MetricsAsync(cancellationToken);
        for (var round = 0; round < plan.Rounds; round++)
        {
            await theirs.MeasureAsync(plan.Measured / plan.Rounds, cancellationToken);
            await ours.MeasureAsync(plan.Measured / plan.Rounds, cancellationToken);
        }

        Write(ours, theirs, before, await lull.MetricsAsync(cancellationToken), DiskProbe.MedianForcedWrite(folder.Path));
    }

    private void Write(IngestSide ours, IngestSide theirs, MetricsPage before, MetricsPage after, TimeSpan forcedWrite)
    {
        var table = new Table($"ingest: {plan.Connections} connections, {plan.Measured.TotalSeconds:0.#} s each, {setup.Machine}", "measured", "Lull", "bare Kestrel", "Lull / bare");
        var (mine, other) = (ours.Latencies, theirs.Latencies);
        table.Add("acknowledged webhooks", Show.PerSecond(ours.PerSecond), Show.PerSecond(theirs.PerSecond), Show.Ratio(ours.PerSecond / theirs.PerSecond));
        foreach (var percent in (int[])[50, 90, 99])
        {
            var (a, b) = (mine.At(percent / 100d), other.At(percent / 100d));
            table.Add($"acknowledgement p{percent}", Show.Milliseconds(a), Show.Milliseconds(b), Show.Ratio(a / b));
        }

        table.Add("CPU per webhook", Show.MicrosecondsEach(ours.Cpu, ours.Count), Show.MicrosecondsEach(theirs.Cpu, theirs.Count), Show.Ratio(ours.CpuEach / theirs.CpuEach));
        table.Add("memory at the end", Show.MiB(ours.ResidentMiB), Show.MiB(theirs.ResidentMiB));
        table.Add("webhooks counted", $"{ours.Count}", $"{theirs.Count}");
        var (group, commit) = (after.Histogram(GroupSize).Since(before.Histogram(GroupSize)), after.Histogram(CommitTime).Since(before.Histogram(CommitTime)));
        table.Add("commits", $"{group.Count:0}");
        table.Add("group size mean, p50, p99", $"{group.Mean:0.0}, {group.About(0.5):0}, {group.About(0.99):0}");
        table.Add("commit p50, p99", $"{Show.Milliseconds(commit.About(0.5))}, {Show.Milliseconds(commit.About(0.99))}");
        table.Add("one forced 4 KiB write p50", Show.Milliseconds(forcedWrite));
        table.WriteTo(setup.Output);
    }
}
