namespace Lull.Bench.Load;

/// <summary>What one stretch of load came to.</summary>
/// <param name="Took">From the first request to the last answer.</param>
/// <param name="Latencies">One per acknowledged webhook.</param>
/// <param name="GeneratorCpu">What sending and reading cost this process.</param>
internal sealed record LoadResult(TimeSpan Took, Percentiles Latencies, TimeSpan GeneratorCpu)
{
    public int Count => Latencies.Count;

    public double PerSecond => Count / Took.TotalSeconds;
}
