namespace Lull.Bench.Load;

/// <summary>What one stretch of load came to.</summary>
/// <param name="Took">From the first request to the last answer.</param>
/// <param name="Latencies">One per acknowledged webhook.</param>
internal sealed record LoadResult(TimeSpan Took, Percentiles Latencies)
{
    public int Count => Latencies.Count;

    public double PerSecond => Count / Took.TotalSeconds;
}
