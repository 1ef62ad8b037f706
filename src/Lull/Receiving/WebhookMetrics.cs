using System.Diagnostics.Metrics;

namespace Lull.Receiving;

/// <summary>What an operator watches of the way in.</summary>
internal sealed class WebhookMetrics
{
    private readonly TimeProvider _time;
    private readonly Counter<long> _received;
    private readonly Counter<long> _unproven;
    private readonly Histogram<double> _acknowledged;

    public WebhookMetrics(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create("Lull");
        _time = time;
        _received = meter.CreateCounter<long>("lull_webhooks_received", description: "Proven webhooks by outcome.");
        _unproven = meter.CreateCounter<long>("lull_webhooks_unproven", description: "Webhooks refused because their sender is not proven.");
        _acknowledged = meter.CreateHistogram(
            "lull_webhook_ack_duration",
            unit: "s",
            description: "From the start of a webhook's request to its commit.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
    }

    public void Received(WebhookOutcome outcome) => _received.Add(1, new KeyValuePair<string, object?>("outcome", OutcomeNames.Of(outcome)));

    public void Unproven() => _unproven.Add(1);

    /// <param name="started">The provider's timestamp at which the request began.</param>
    public void Acknowledged(long started) => _acknowledged.Record(_time.GetElapsedTime(started).TotalSeconds);
}
