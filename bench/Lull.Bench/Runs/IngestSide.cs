namespace Lull.Bench.Runs;

/// <summary>One of the two servers of an ingest run, with its load and what it came to so far.</summary>
internal sealed class IngestSide(ServerProcess server, ClosedLoop load) : IDisposable
{
    private readonly List<LoadResult> _rounds = [];

    public int Count => _rounds.Sum(round => round.Count);

    public double PerSecond => Count / _rounds.Sum(round => round.Took.TotalSeconds);

    public Percentiles Latencies => Percentiles.Of(_rounds.Select(round => round.Latencies));

    public TimeSpan Cpu { get; private set; }

    public double ResidentMiB { get; private set; }

    public TimeSpan CpuEach => Cpu / Count;

    public static async Task<IngestSide> ConnectAsync(ServerProcess server, IngestPlan plan, CancellationToken cancellationToken)
        => new(server, await ClosedLoop.ConnectAsync(server.Address, new(plan.MessagesPerContact), plan.Connections, cancellationToken));

    public async Task WarmUpAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await load.RunAsync(time, cancellationToken);
        await server.Usage.SettleAsync(cancellationToken);
    }

    /// <summary>One measured round; what the server still does after the last answer counts as its CPU, not as its time.</summary>
    public async Task MeasureAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var before = server.Usage.Cpu;
        _rounds.Add(await load.RunAsync(time, cancellationToken));
        await server.Usage.SettleAsync(cancellationToken);
        Cpu += server.Usage.Cpu - before;
        ResidentMiB = server.Usage.ResidentMiB;
    }

    public void Dispose() => load.Dispose();
}
