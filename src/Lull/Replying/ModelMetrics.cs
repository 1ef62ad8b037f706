using System.Diagnostics.Metrics;

namespace Lull.Replying;

/// <summary>What an operator watches of the model; no instrument names a contact.</summary>
internal sealed class ModelMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _calls;
    private readonly Counter<long> _tokens;

    public ModelMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Lull");
        _duration = meter.CreateHistogram<double>("lull_model_duration", "s", "How long model calls take", advice: new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120] });
        _calls = meter.CreateCounter<long>("lull_model_calls", "{call}", "Model calls by how they ended");
        _tokens = meter.CreateCounter<long>("lull_model_tokens", "{token}", "Tokens of answered model calls, as the server counts them");
    }

    public void Ended(string outcome, TimeSpan duration, TokenUse tokens)
    {
        var tag = new KeyValuePair<string, object?>("outcome", outcome);
        _duration.Record(duration.TotalSeconds, tag);
        _calls.Add(1, tag);
        _tokens.Add(tokens.Input, new KeyValuePair<string, object?>("direction", "input"));
        _tokens.Add(tokens.Output, new KeyValuePair<string, object?>("direction", "output"));
    }
}
