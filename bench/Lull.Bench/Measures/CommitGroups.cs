namespace Lull.Bench.Measures;

/// <summary>How many webhooks Lull's commits carried and how long they took, from its own metrics.</summary>
internal sealed record CommitGroups(MetricHistogram Size, MetricHistogram Seconds)
{
    private const string SizeName = "lull_store_commit_group_size", SecondsName = "lull_store_commit_duration_seconds";

    /// <returns>Null for a server that does not tell.</returns>
    public static async Task<CommitGroups?> OfAsync(ILoadedServer server, CancellationToken cancellationToken)
        => server is LullServer lull && await lull.MetricsAsync(cancellationToken) is var page ? new(page.Histogram(SizeName), page.Histogram(SecondsName)) : null;

    public CommitGroups Since(CommitGroups earlier) => new(Size.Since(earlier.Size), Seconds.Since(earlier.Seconds));

    public CommitGroups And(CommitGroups more) => new(Size.And(more.Size), Seconds.And(more.Seconds));
}
