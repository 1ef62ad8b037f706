namespace Lull.Bench.Runs;

/// <summary>As many webhooks as the servers acknowledge: Lull, a Kestrel that stores nothing, and peers, in turns on the same machine under the same load.</summary>
internal sealed class IngestRun(RunSetup setup, IngestPlan plan, IReadOnlyList<Peer> peers)
{
    /// <exception cref="BenchException">A webhook failed, a server did, or something acknowledged was not stored.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = setup.NewFolder();
        await using var bare = await BareServer.StartAsync(folder.Path, cancellationToken);
        await using var store = await setup.NewStoreAsync(folder.Path, cancellationToken);
        await using var lull = await LullServer.StartAsync(store, folder.Path, setup.Lull, cancellationToken);
        await using var others = new StartedPeers();
        await others.StartAsync(peers, folder, setup, cancellationToken);
        IReadOnlyList<IngestSide> sides = [.. others.Started.Prepend(lull).Prepend(bare).Select(server => new IngestSide(server, plan, setup.Settling))];
        foreach (var side in sides)
        {
            await side.WarmUpAsync(side.Server is BareServer && plan.WarmUp > IngestPlan.MostBareWarmUp ? IngestPlan.MostBareWarmUp : plan.WarmUp, cancellationToken);
        }

        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var side in sides)
            {
                await side.MeasureAsync(cancellationToken);
            }
        }

        await WriteAsync(sides, others.Absent, DiskProbe.MedianForcedWrite(folder.Path), cancellationToken);
    }

    private async Task WriteAsync(IReadOnlyList<IngestSide> sides, IReadOnlyList<AbsentPeer> absent, TimeSpan forcedWrite, CancellationToken cancellationToken)
    {
        var table = new IngestTable(sides, absent);
        var rounds = $"{plan.Rounds} rounds, {plan.MeanMessages} messages a contact";
        table.Write($"ingest: {plan.Connections} connections, {plan.Turn.TotalSeconds:0.#} s each, {rounds}, {setup.Machine}", side => side.Many, setup.Output);
        table.Write($"ingest, little concurrency: {plan.Few} connections, {plan.Turn.TotalSeconds / 2:0.#} s each, {rounds}", side => side.Few, setup.Output);
        setup.Output.WriteLine($"\nOne forced 4 KiB write on this disk: median {Show.Milliseconds(forcedWrite)}.");
        await table.WriteStoredAsync(setup.Output, cancellationToken);
        foreach (var side in sides.Skip(2).Where(side => side.Server is BullMqPeer or FlaskPeer))
        {
            var wanted = side.Server is FlaskPeer ? IngestPlan.LeastOfFlask : IngestPlan.LeastOfBullMq;
            setup.Output.WriteLine(Budget.AtLeast("acknowledged webhooks", wanted, sides[1].Many.RatioTo(side.Many).Median, $" × {side.Server.Name}"));
            setup.Output.WriteLine(Budget.AtMost("CPU per webhook", 1, sides[1].Many.CpuRatioTo(side.Many).Median, $" × {side.Server.Name}"));
        }

        setup.Output.WriteLine(Budget.AtLeast("acknowledged webhooks", setup.Store == StoreKind.Postgres ? IngestPlan.LeastOfBareOnPostgres : IngestPlan.LeastOfBare, sides[1].Many.RatioTo(sides[0].Many).Median, " × bare Kestrel"));
    }
}
