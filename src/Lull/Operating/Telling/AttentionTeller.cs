using System.Diagnostics.Metrics;
using System.Globalization;

namespace Lull.Operating.Telling;

/// <summary>
/// Tells the operator what the store has noted: a warning line and a metric at once, and a post to <c>ALERT_URL</c> that is repeated until it is taken.
/// The store counts what has the same cause within 15 minutes, so that one cause is told once.
/// </summary>
internal sealed partial class AttentionTeller : BackgroundService
{
    private const int Step = 50;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2), FirstBackoff = TimeSpan.FromSeconds(5), LongestBackoff = TimeSpan.FromMinutes(5);

    private readonly IMessageStore _store;
    private readonly AlertPost _post;
    private readonly OperatingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<AttentionTeller> _logger;
    private readonly Counter<long> _raised;
    private readonly Dictionary<long, string> _announced = [];
    private int _failures;

    public AttentionTeller(IMessageStore store, AlertPost post, OperatingOptions options, TimeProvider time, IMeterFactory meters, ILogger<AttentionTeller> logger)
    {
        (_store, _post, _options, _time, _logger) = (store, post, options, time, logger);
        _raised = meters.Create(QueueGauges.Meter).CreateCounter<long>("lull_attention", "{item}", "What needed the operator, by the first word of its cause.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await RoundAsync(stoppingToken);
            await Task.Delay(_failures == 0 ? Look : Backoff(), _time, stoppingToken);
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            var untold = await _store.UntoldAsync(Step, cancellationToken);
            foreach (var item in untold)
            {
                Announce(item);
            }

            Forget(untold);
            _failures = await PostAllAsync(untold, cancellationToken) ? 0 : _failures + 1;
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            _failures++;
            Log.Failed(_logger, fault);
        }
    }

    /// <summary>Once for each item, whether or not its post is taken.</summary>
    private void Announce(AttentionItem item)
    {
        if (_announced.TryAdd(item.Id, string.Create(CultureInfo.InvariantCulture, $"attention_{item.Id}_{item.LastAt.ToUnixTimeMilliseconds()}")))
        {
            _raised.Add(1, new KeyValuePair<string, object?>("kind", item.Cause.Split(':')[0]));
            Log.Raised(_logger, item.Cause, item.Text, item.Count);
        }
    }

    /// <summary>What the operator cleared before it was told.</summary>
    private void Forget(IReadOnlyList<AttentionItem> untold)
    {
        if (untold.Count < Step)
        {
            foreach (var gone in _announced.Keys.Except(untold.Select(item => item.Id)).ToArray())
            {
                _announced.Remove(gone);
            }
        }
    }

    /// <returns>False when the receiver is down or refused something; the rest is tried again after a pause.</returns>
    private async Task<bool> PostAllAsync(IReadOnlyList<AttentionItem> untold, CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var item in untold)
        {
            var result = _options.AlertUrl is null ? AlertResult.Taken : await _post.SendAsync(_announced[item.Id], item, cancellationToken);
            switch (result)
            {
                case AlertResult.Down down:
                    Log.NotTold(_logger, item.Cause, down.Reason);
                    return false;
                case AlertResult.Refused refused:
                    Log.NotTold(_logger, item.Cause, refused.Reason);
                    all = false;
                    break;
                default:
                    await _store.ToldAsync(item.Id, cancellationToken);
                    _announced.Remove(item.Id);
                    break;
            }
        }

        return all;
    }

    private TimeSpan Backoff()
    {
        var backoff = FirstBackoff * Math.Pow(2, Math.Min(_failures - 1, 10));
        return backoff < LongestBackoff ? backoff : LongestBackoff;
    }

    private static partial class Log
    {
        [LoggerMessage(4030, LogLevel.Warning, "Attention, {Cause}: {Text} ({Count} times)")]
        public static partial void Raised(ILogger logger, string cause, string text, long count);

        [LoggerMessage(4031, LogLevel.Warning, "The alert for {Cause} was not taken by ALERT_URL ({Reason}); it is posted again.")]
        public static partial void NotTold(ILogger logger, string cause, string reason);

        [LoggerMessage(4032, LogLevel.Warning, "What needs attention could not be read or marked as told; tried again.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
