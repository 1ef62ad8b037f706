using System.Diagnostics.Metrics;

namespace Lull.Conversations;

/// <summary>What became of bursts, and how late they were taken up.</summary>
internal sealed class ConversationMetrics
{
    private readonly Counter<long> _batched;
    private readonly Counter<long> _replied;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _cancelled;
    private readonly Counter<long> _wasted;
    private readonly Histogram<double> _lateness;

    public ConversationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Lull");
        _batched = meter.CreateCounter<long>("lull_batched", "{message}", "Messages claimed into a batch for the first time");
        _replied = meter.CreateCounter<long>("lull_replied", "{batch}", "Replies written");
        _delivered = meter.CreateCounter<long>("lull_delivered", "{batch}", "Replies delivered, by how: sent, recorded, found");
        _ended = meter.CreateCounter<long>("lull_not_answered", "{batch}", "Batches that ended without an answer, by state");
        _cancelled = meter.CreateCounter<long>("lull_cancelled", "{batch}", "Replies cut off, by cause: newer, stopping, taken_over");
        _wasted = meter.CreateCounter<long>("lull_tokens_wasted", "{token}", "Tokens spent on calls whose reply was not sent");
        _lateness = meter.CreateHistogram(
            "lull_lateness",
            "s",
            "From a burst being due to its claim",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30, 120, 900] });
    }

    public void Claimed(Batch batch, DateTimeOffset now)
    {
        if (batch is { State: BatchState.Claimed, Ticket.Attempt: 1 })
        {
            _batched.Add(batch.Messages.Count);
            _lateness.Record(Math.Max(0, (now - batch.DueAt).TotalSeconds));
        }
    }

    public void Wasted(TokenUse tokens) => _wasted.Add(tokens.Total);

    public void Replied() => _replied.Add(1);

    public void Delivered(string how) => _delivered.Add(1, new KeyValuePair<string, object?>("how", how));

    public void Ended(BatchState state) => _ended.Add(1, new KeyValuePair<string, object?>("state", state switch
    {
        BatchState.DeadLettered => "dead_lettered",
        BatchState.Held => "held",
        _ => "suppressed",
    }));

    public void Cancelled(string cause) => _cancelled.Add(1, new KeyValuePair<string, object?>("cause", cause));
}
