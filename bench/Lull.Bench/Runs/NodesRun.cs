namespace Lull.Bench.Runs;

/// <summary>What a second and a third node cost on the same machine: each adds its own upkeep, and makes the groups that are committed together smaller.</summary>
internal sealed class NodesRun(RunSetup setup, IngestPlan plan)
{
    private static readonly (int Count, bool IsCluster)[] Measured = [(1, false), (2, false), (3, false), (2, true), (3, true)];

    private readonly TimeSpan _idle = TimeSpan.FromSeconds(setup.IsSmoke ? 0.5 : 10);

    /// <exception cref="BenchException">A webhook failed, a server did, something acknowledged was not stored, or the store is not one that nodes share.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (setup.Store != StoreKind.Postgres)
        {
            throw new BenchException("Several nodes share a PostgreSQL; say nodes --store postgres.");
        }

        using var folder = setup.NewFolder();
        List<ILoadedServer> servers = [];
        try
        {
            servers.Add(await BareServer.StartAsync(folder.Path, cancellationToken));
            foreach (var (count, isCluster) in setup.IsSmoke ? Measured[..2] : Measured)
            {
                servers.Add(await LullNodes.StartAsync(count, isCluster, setup, folder, cancellationToken));
            }

            await MeasureAsync([.. servers.Select(server => new IngestSide(server, plan, setup.Settling))], cancellationToken);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    private async Task MeasureAsync(IReadOnlyList<IngestSide> sides, CancellationToken cancellationToken)
    {
        foreach (var side in sides)
        {
            await side.WarmUpAsync(plan.WarmUp, cancellationToken);
        }

        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var side in sides)
            {
                await side.MeasureAsync(cancellationToken);
            }
        }

        var table = new IngestTable(sides, absent: []);
        table.Write($"nodes: {plan.Connections} connections by turns, {plan.Turn.TotalSeconds:0.#} s each, {plan.Rounds} rounds, {setup.Machine}", side => side.Many, setup.Output);
        table.Write($"nodes, little concurrency: {plan.Few} connections, {plan.Turn.TotalSeconds / 2:0.#} s each", side => side.Few, setup.Output);
        await WriteIdleAsync(sides, cancellationToken);
        await table.WriteStoredAsync(setup.Output, cancellationToken);
    }

    private async Task WriteIdleAsync(IReadOnlyList<IngestSide> sides, CancellationToken cancellationToken)
    {
        var before = sides.Select(side => side.Server.Usage.Cpu).ToList();
        await Task.Delay(_idle, cancellationToken);
        var used = sides.Select((side, place) => (side.Server.Usage.Cpu - before[place]) / _idle).ToList();
        var table = new Table($"nodes: nothing comes for {_idle.TotalSeconds:0.#} s", ["measured", .. sides.Select(side => side.Server.Name)]);
        table.Add(["of one core, with its PostgreSQL", .. used.Select(share => $"{share * 100:0.0} %")]);
        table.Add(["open bursts, at most", .. sides.Select(side => side.Server is BareServer ? "" : $"{side.Sent.Contacts}")]);
        table.WriteTo(setup.Output);
    }
}
