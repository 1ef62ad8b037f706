namespace Lull.Bench.Runs;

/// <summary>Between which numbers of open bursts memory is compared.</summary>
internal sealed record MemoryPlan(int Few, int Many, int MeanMessages)
{
    /// <summary>The budget, in bytes.</summary>
    public const double Most = 4000;

    public static MemoryPlan Smoke => new(Few: 100, Many: 600, MeanMessages: 3);
}

/// <summary>What one more open burst costs in memory: the difference between few and many in one process, after a full collection each time.</summary>
internal sealed class MemoryRun(RunSetup setup, MemoryPlan plan)
{
    private const int Connections = 64;
    private const string Heap = "dotnet_gc_last_collection_heap_size_bytes";

    private static readonly TimeSpan LongestStoring = TimeSpan.FromSeconds(200);

    /// <exception cref="BenchException">A webhook failed, or the server did.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = setup.NewFolder();
        await using var store = await setup.NewStoreAsync(folder.Path, cancellationToken);
        await using var lull = await LullServer.StartAsync(store, folder.Path, setup.Lull, cancellationToken);
        WebhookIds ids = new(plan.MeanMessages);
        var few = await FillAsync(lull, ids, plan.Few, cancellationToken);
        var many = await FillAsync(lull, ids, plan.Many, cancellationToken);
        var more = many.Bursts - few.Bursts;
        var table = new Table($"memory: {plan.MeanMessages} messages a burst, {setup.Machine}", "measured", "few", "many", "each of the difference");
        table.Add("open bursts", $"{few.Bursts}", $"{many.Bursts}", $"{more}");
        table.Add("messages in them", $"{few.Messages}", $"{many.Messages}");
        table.Add("GC heap after a full collection", Show.MiB(few.Heap), Show.MiB(many.Heap), Each(few.Heap, many.Heap));
        table.Add("memory in RAM after a full collection", Show.MiB(few.Resident), Show.MiB(many.Resident), Each(few.Resident, many.Resident));
        table.WriteTo(setup.Output);
        setup.Output.WriteLine(Budget.AtMost("memory in RAM per open burst", MemoryPlan.Most, Bytes(few.Resident, many.Resident), " B"));

        string Each(double before, double after) => $"{Bytes(before, after):0} B";

        double Bytes(double before, double after) => (after - before) * 1048576 / more;
    }

    private async Task<Filled> FillAsync(LullServer lull, WebhookIds ids, int bursts, CancellationToken cancellationToken)
    {
        using (var load = ClosedLoop.Connect(lull.Address, ids, Connections))
        {
            for (var until = 0; ids.Contacts < bursts; until++)
            {
                await load.RunAsync(LongestStoring, Math.Max(Connections, (int)(bursts - ids.Contacts)), cancellationToken);
                if (until > Connections)
                {
                    throw new BenchException($"Only {ids.Contacts} bursts could be stored; ask for fewer.");
                }
            }
        }

        await lull.Usage.SettleAsync(setup.Settling, cancellationToken);
        await ForcedCollection.RunAsync(lull.Process.Id, setup.Settling + TimeSpan.FromMilliseconds(500), cancellationToken);
        var heap = (await lull.MetricsAsync(cancellationToken)).Sum(Heap) / 1048576;
        return new(await lull.WaitingAsync(cancellationToken), ids.Messages, heap, lull.Process.Usage.ResidentMiB);
    }

    private sealed record Filled(int Bursts, long Messages, double Heap, double Resident);
}
