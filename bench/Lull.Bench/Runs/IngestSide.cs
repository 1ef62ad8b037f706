namespace Lull.Bench.Runs;

/// <summary>One of the servers of an ingest run, with its load and the ids it was sent.</summary>
internal sealed class IngestSide(ILoadedServer server, IngestPlan plan, TimeSpan settling)
{
    public ILoadedServer Server => server;

    public WebhookIds Sent { get; } = new(plan.MeanMessages);

    /// <summary>Turns with all connections.</summary>
    public IngestResult Many { get; } = new();

    /// <summary>Turns with few.</summary>
    public IngestResult Few { get; } = new();

    public async Task WarmUpAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        using var load = ClosedLoop.Connect(server.Addresses, Sent, plan.Connections);
        await load.RunAsync(time, cancellationToken);
        await server.Usage.SettleAsync(settling, cancellationToken);
    }

    /// <summary>One turn of each kind.</summary>
    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        Many.Add(await TurnAsync(plan.Connections, plan.Turn, cancellationToken));
        Few.Add(await TurnAsync(plan.Few, plan.Turn / 2, cancellationToken));
    }

    /// <summary>What the server still does after the last answer counts as its CPU, not as its time.</summary>
    private async Task<IngestTurn> TurnAsync(int connections, TimeSpan time, CancellationToken cancellationToken)
    {
        using var load = ClosedLoop.Connect(server.Addresses, Sent, connections);
        var groups = await CommitGroups.OfAsync(server, cancellationToken);
        var before = server.Usage.Cpu;
        var result = await load.RunAsync(time, cancellationToken);
        await server.Usage.SettleAsync(settling, cancellationToken);
        var cpu = server.Usage.Cpu - before;
        return new(result, cpu, server.Usage.ResidentMiB, server.Usage.PeakMiB, (await CommitGroups.OfAsync(server, cancellationToken))?.Since(groups!));
    }
}
