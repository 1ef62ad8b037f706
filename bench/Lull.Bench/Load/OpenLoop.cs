using System.Diagnostics;
using System.Threading.Channels;

namespace Lull.Bench.Load;

/// <summary>
/// Sends on a fixed schedule, whatever the server does. A latency is counted from the moment the webhook was due to be sent, so a stall is
/// counted for everything that had to wait behind it (no coordinated omission).
/// </summary>
internal sealed class OpenLoop : IDisposable
{
    private const int Connections = 64;

    /// <summary>How long the last answers may take before the run is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebhookSender[] _senders;

    private OpenLoop(WebhookSender[] senders) => _senders = senders;

    public static async Task<OpenLoop> ConnectAsync(Uri server, WebhookIds ids, CancellationToken cancellationToken)
        => new(await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => WebhookSender.ConnectAsync(server, ids, cancellationToken))));

    /// <returns>The load, and how late the schedule itself was kept: the generator's own share of each latency.</returns>
    public async Task<(LoadResult Load, Percentiles Lateness)> RunAsync(int perSecond, TimeSpan time, CancellationToken cancellationToken)
    {
        var due = Channel.CreateUnbounded<long>(new() { SingleWriter = true });
        var started = Stopwatch.GetTimestamp();
        var sending = _senders.Select(sender => Task.Run(() => SendAsync(sender), cancellationToken)).ToArray();
        var lateness = await Task.Factory.StartNew(
            () => Keep(due.Writer, started, perSecond, (int)(perSecond * time.TotalSeconds), cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var latencies = await Task.WhenAll(sending).WithinAsync(Patience, cancellationToken);
        return (new(Stopwatch.GetElapsedTime(started), Percentiles.Of(latencies)), Percentiles.Of([lateness]));

        async Task<List<long>> SendAsync(WebhookSender sender)
        {
            List<long> taken = [];
            await foreach (var at in due.Reader.ReadAllAsync(cancellationToken))
            {
                await sender.SendAsync(cancellationToken);
                taken.Add(Stopwatch.GetTimestamp() - at);
            }

            return taken;
        }
    }

    public void Dispose() => Array.ForEach(_senders, sender => sender.Dispose());

    /// <summary>Hands out the due times, each when it comes.</summary>
    private static List<long> Keep(ChannelWriter<long> due, long started, int perSecond, int count, CancellationToken cancellationToken)
    {
        var lateness = new List<long>(count);
        try
        {
            for (var i = 0; i < count && !cancellationToken.IsCancellationRequested; i++)
            {
                var at = started + (long)i * Stopwatch.Frequency / perSecond;
                Pause.Until(at);
                due.TryWrite(at);
                lateness.Add(Stopwatch.GetTimestamp() - at);
            }
        }
        finally
        {
            due.Complete();
        }

        return lateness;
    }
}
