using System.Diagnostics.Metrics;

namespace Lull.Operating;

/// <summary>The queue's numbers as metrics. Gauges are read without waiting, so the counts are fetched beside them: once a second, less often where counting takes long.</summary>
internal sealed partial class QueueGauges : BackgroundService
{
    /// <summary>The meter of all of Lull.</summary>
    public const string Meter = "Lull";

    /// <summary>Counting takes one part in so many of the time, at most: it must not slow what it counts.</summary>
    private const int Share = 250;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(30);

    private readonly IMessageStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<QueueGauges> _logger;
    private QueueCounts? _counts;

    public QueueGauges(IMessageStore store, TimeProvider time, IMeterFactory meters, ILogger<QueueGauges> logger)
    {
        (_store, _time, _logger) = (store, time, logger);
        var meter = meters.Create(Meter);
        meter.CreateObservableGauge("lull_batches", Batches, "{batch}", "Bursts and batches by state.");
        meter.CreateObservableGauge("lull_oldest_unanswered", OldestUnanswered, "s", "Age of the oldest message without an answer; 0 when there is none.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failing = false;
        while (true)
        {
            var pause = Interval;
            try
            {
                var started = _time.GetTimestamp();
                Volatile.Write(ref _counts, await _store.CountsAsync(stoppingToken));
                failing = false;
                pause = TimeSpan.FromTicks(Math.Clamp(_time.GetElapsedTime(started).Ticks * Share, Interval.Ticks, Longest.Ticks));
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // Old numbers would look like news: without counts there is no measurement.
                Volatile.Write(ref _counts, null);
                if (!failing)
                {
                    Log.Failed(_logger, fault);
                }

                failing = true;
            }

            await Task.Delay(pause, _time, stoppingToken);
        }
    }

    private IEnumerable<Measurement<long>> Batches() => Volatile.Read(ref _counts) is not { } counts ? [] :
    [
        Of("waiting", counts.Waiting),
        Of("replying", counts.Replying),
        Of("delivering", counts.Delivering),
        Of("held", counts.Held),
        Of("dead_lettered", counts.DeadLettered),
    ];

    private IEnumerable<Measurement<double>> OldestUnanswered() => Volatile.Read(ref _counts) is not { } counts
        ? []
        : [new(counts.OldestUnanswered is { } oldest && oldest < _store.Now ? (_store.Now - oldest).TotalSeconds : 0)];

    private static Measurement<long> Of(string state, int count) => new(count, new KeyValuePair<string, object?>("state", state));

    private static partial class Log
    {
        [LoggerMessage(4050, LogLevel.Warning, "The queue could not be counted; its metrics are missing until it can.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
