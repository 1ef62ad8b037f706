using System.Diagnostics;

namespace Lull.Bench.Load;

/// <summary>
/// Sends on a fixed schedule, whatever the server does. A latency is counted from the moment the webhook was due to be sent, so a stall is
/// counted for everything that had to wait behind it (no coordinated omission).
/// </summary>
/// <param name="acknowledged">Told of every acknowledgement: whose message, and when it was sent.</param>
internal sealed class OpenLoop(LoadConnections connections, WebhookIds ids, Action<ulong, long>? acknowledged) : IDisposable
{
    private const int Connections = 64;

    public static OpenLoop Connect(Uri server, WebhookIds ids, Action<ulong, long>? acknowledged = null) => new(LoadConnections.Open([server], Connections), ids, acknowledged);

    /// <returns>The load, and how late the schedule itself was kept: the generator's own share of each latency.</returns>
    public async Task<(LoadResult Load, Percentiles Lateness)> RunAsync(int perSecond, TimeSpan time, CancellationToken cancellationToken)
    {
        var late = new List<long>((int)(perSecond * time.TotalSeconds));
        var load = await LoadConnections.RunAsync(() => Send(perSecond, late, cancellationToken), cancellationToken);
        return (load, Percentiles.Of([late]));
    }

    public void Dispose() => connections.Dispose();

    private List<long> Send(int perSecond, List<long> late, CancellationToken cancellationToken)
    {
        var (count, started) = (late.Capacity, Stopwatch.GetTimestamp());
        var taken = new List<long>(count);
        var free = new Stack<LoadConnection>(Enumerable.Range(0, connections.Count).Select(place => connections[place]));
        var waiting = new Queue<long>();
        while (taken.Count < count)
        {
            var now = Stopwatch.GetTimestamp();
            for (; late.Count < count && DueAt(late.Count) <= now; now = Stopwatch.GetTimestamp())
            {
                waiting.Enqueue(DueAt(late.Count));
                late.Add(now - DueAt(late.Count));
                SendWaiting();
            }

            var next = late.Count < count ? Stopwatch.GetElapsedTime(now, DueAt(late.Count)) : LoadConnections.Look;
            var ready = connections.Wait(next < LoadConnections.Look ? next : LoadConnections.Look);
            now = Stopwatch.GetTimestamp();
            foreach (var place in ready)
            {
                if (connections[place].Receive())
                {
                    taken.Add(now - connections[place].CountedFrom);
                    acknowledged?.Invoke(connections[place].Contact, connections[place].SentAt);
                    free.Push(connections[place]);
                    SendWaiting();
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            LoadConnections.ThrowIfLate(DueAt(count));
        }

        return taken;

        long DueAt(int place) => started + ((long)place * Stopwatch.Frequency / perSecond);

        void SendWaiting()
        {
            if (waiting.Count > 0 && free.TryPop(out var connection))
            {
                connection.CountedFrom = waiting.Dequeue();
                connection.Send(ids);
            }
        }
    }
}
