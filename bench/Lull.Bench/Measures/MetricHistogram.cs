namespace Lull.Bench.Measures;

/// <summary>A Prometheus histogram: how many values were at most each bound.</summary>
internal sealed record MetricHistogram(IReadOnlyList<(double Bound, double AtMost)> Buckets, double Sum, double Count)
{
    public double Mean => Count == 0 ? double.NaN : Sum / Count;

    /// <summary>What was counted since an earlier look.</summary>
    public MetricHistogram Since(MetricHistogram earlier)
    {
        var before = earlier.Buckets.ToDictionary(bucket => bucket.Bound, bucket => bucket.AtMost);
        return new(
            [.. Buckets.Select(bucket => (bucket.Bound, bucket.AtMost - before.GetValueOrDefault(bucket.Bound)))], Sum - earlier.Sum, Count - earlier.Count);
    }

    /// <summary>Both counts together; their bounds are the same.</summary>
    public MetricHistogram And(MetricHistogram more)
    {
        var other = more.Buckets.ToDictionary(bucket => bucket.Bound, bucket => bucket.AtMost);
        return new([.. Buckets.Select(bucket => (bucket.Bound, bucket.AtMost + other.GetValueOrDefault(bucket.Bound)))], Sum + more.Sum, Count + more.Count);
    }

    /// <summary>About the value that this share stays within: a bucket's values are taken as spread evenly over it.</summary>
    public double About(double share)
    {
        var (wanted, bound, below) = (share * Count, 0d, 0d);
        foreach (var bucket in Buckets)
        {
            if (bucket.AtMost >= wanted && bucket.AtMost > below)
            {
                // Beyond the last bound nothing is known but that.
                return double.IsPositiveInfinity(bucket.Bound) ? bound : bound + ((bucket.Bound - bound) * (wanted - below) / (bucket.AtMost - below));
            }

            (bound, below) = bucket;
        }

        return double.NaN;
    }
}
