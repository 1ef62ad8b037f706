using System.Diagnostics.Metrics;

namespace Lull.Replying;

/// <summary>What an operator watches of the model; no instrument names a contact.</summary>
internal sealed class ModelMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _calls;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _cancelledTokens;

    public ModelMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Lull");
        _duration = meter.CreateHistogram<double>("lull.model.duration", "s", "How long model calls take", advice: new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120] });
        _calls = meter.CreateCounter<long>("lull.model.calls", description: "Model calls by how they ended");
        _tokens = meter.CreateCounter<long>("lull.model.tokens", description: "Tokens of answered model calls, as the server counts them");
        _cancelledTokens = meter.CreateCounter<long>("lull.model.tokens.cancelled", description: "Tokens of model calls that were cancelled, estimated from the prompt");
    }

    public void Ended(string outcome, TimeSpan duration, TokenUse tokens)
    {
        var tag = new KeyValuePair<string, object?>("outcome", outcome);
        _duration.Record(duration.TotalSeconds, tag);
        _calls.Add(1, tag);
        _tokens.Add(tokens.Input, new KeyValuePair<string, object?>("direction", "input"));
        _tokens.Add(tokens.Output, new KeyValuePair<string, object?>("direction", "output"));
    }

    public void Cancelled(TimeSpan duration, TokenUse estimate)
    {
        Ended("cancelled", duration, default);
        _cancelledTokens.Add(estimate.Total);
    }
}
