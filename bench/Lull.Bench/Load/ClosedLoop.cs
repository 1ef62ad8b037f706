using System.Diagnostics;

namespace Lull.Bench.Load;

/// <summary>Senders that each wait for an answer before they send again: as much as the server takes.</summary>
internal sealed class ClosedLoop : IDisposable
{
    /// <summary>Bounds the load whatever the time: no run stores more than this in one go.</summary>
    private const int MostInOneGo = 2_000_000;

    /// <summary>How long the last answers may take before the run is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebhookSender[] _senders;

    private ClosedLoop(WebhookSender[] senders) => _senders = senders;

    public static async Task<ClosedLoop> ConnectAsync(Uri server, WebhookIds ids, int connections, CancellationToken cancellationToken)
        => new(await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => WebhookSender.ConnectAsync(server, ids, cancellationToken))));

    /// <summary>Sends for a time.</summary>
    public Task<LoadResult> RunAsync(TimeSpan time, CancellationToken cancellationToken) => RunAsync(time, MostInOneGo, cancellationToken);

    /// <summary>Sends this many, or for the time, whichever is less.</summary>
    public async Task<LoadResult> RunAsync(TimeSpan time, int count, CancellationToken cancellationToken)
    {
        var left = count;
        var started = Stopwatch.GetTimestamp();
        var until = started + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var latencies = await Task.WhenAll(_senders.Select(sender => Task.Run(() => SendAsync(sender), cancellationToken))).WithinAsync(time + Patience, cancellationToken);
        return new(Stopwatch.GetElapsedTime(started), Percentiles.Of(latencies));

        async Task<List<long>> SendAsync(WebhookSender sender)
        {
            List<long> taken = [];
            for (var begun = Stopwatch.GetTimestamp(); begun < until && Interlocked.Decrement(ref left) >= 0;)
            {
                await sender.SendAsync(cancellationToken);
                var ended = Stopwatch.GetTimestamp();
                taken.Add(ended - begun);
                begun = ended;
            }

            return taken;
        }
    }

    public void Dispose() => Array.ForEach(_senders, sender => sender.Dispose());
}
