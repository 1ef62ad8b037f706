namespace Lull.Bench.Runs;

/// <summary>The turns of one server under one number of connections.</summary>
internal sealed class IngestResult
{
    private readonly List<IngestTurn> _turns = [];

    public int Count => _turns.Sum(turn => turn.Load.Count);

    public Percentiles Latencies => Percentiles.Of(_turns.Select(turn => turn.Load.Latencies));

    public Spread PerSecond => Spread.Of(_turns.Select(turn => turn.Load.PerSecond));

    /// <summary>Microseconds of all the server's processes.</summary>
    public Spread CpuEach => Spread.Of(_turns.Select(turn => turn.Cpu.TotalMicroseconds / turn.Load.Count));

    /// <summary>Microseconds of the load generator.</summary>
    public Spread GeneratorCpuEach => Spread.Of(_turns.Select(turn => turn.Load.GeneratorCpu.TotalMicroseconds / turn.Load.Count));

    public double ResidentMiB => _turns.Max(turn => turn.ResidentMiB);

    public double PeakMiB => _turns.Max(turn => turn.PeakMiB);

    /// <summary>What the commits of all turns carried; null for a server that does not tell.</summary>
    public CommitGroups? Groups => _turns.Select(turn => turn.Groups).Aggregate((all, some) => all is null || some is null ? null : all.And(some));

    public void Add(IngestTurn turn) => _turns.Add(turn);

    /// <summary>Each turn beside the other server's turn of the same round: what disturbs the machine for longer than a round disturbs both.</summary>
    public Spread RatioTo(IngestResult other) => Spread.Of(_turns.Zip(other._turns, (mine, theirs) => mine.Load.PerSecond / theirs.Load.PerSecond));

    /// <summary>The same for the CPU of a webhook.</summary>
    public Spread CpuRatioTo(IngestResult other)
        => Spread.Of(_turns.Zip(other._turns, (mine, theirs) => mine.Cpu / mine.Load.Count / (theirs.Cpu / theirs.Load.Count)));
}

/// <summary>One server's turn.</summary>
internal sealed record IngestTurn(LoadResult Load, TimeSpan Cpu, double ResidentMiB, double PeakMiB, CommitGroups? Groups);
