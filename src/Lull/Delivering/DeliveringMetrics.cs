using System.Diagnostics.Metrics;

namespace Lull.Delivering;

/// <summary>What an operator watches of the delivery; no instrument names a contact.</summary>
internal sealed class DeliveringMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _sends;
    private readonly Counter<long> _readBacks;

    public DeliveringMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Lull");
        _duration = meter.CreateHistogram<double>("lull_delivery_duration", "s", "How long sends to GoHighLevel take", advice: new() { HistogramBucketBoundaries = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 7, 10] });
        _sends = meter.CreateCounter<long>("lull_delivery_sends", "{send}", "Sends to GoHighLevel by how they ended");
        _readBacks = meter.CreateCounter<long>("lull_delivery_readbacks", "{read}", "Looks into GoHighLevel's record after a send in doubt, by what they showed");
    }

    public void Sent(string outcome, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("outcome", outcome);
        _duration.Record(duration.TotalSeconds, tag);
        _sends.Add(1, tag);
    }

    public void ReadBack(string outcome) => _readBacks.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
