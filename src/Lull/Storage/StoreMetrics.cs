using System.Diagnostics.Metrics;

namespace Lull.Storage;

/// <summary>How long commits take and how many writes share one.</summary>
internal sealed class StoreMetrics
{
    private readonly Histogram<double> _commit;
    private readonly Histogram<int> _group;

    public StoreMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Lull");
        _commit = meter.CreateHistogram(
            "lull_store_commit_duration",
            "s",
            "Time from the first operation of a group to its commit on disk",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5] });
        _group = meter.CreateHistogram(
            "lull_store_commit_group_size",
            "{operation}",
            "Operations committed together",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] });
    }

    public void Committed(int operations, TimeSpan took)
    {
        _commit.Record(took.TotalSeconds);
        _group.Record(operations);
    }
}
