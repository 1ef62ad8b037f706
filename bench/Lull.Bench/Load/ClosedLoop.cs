using System.Diagnostics;

namespace Lull.Bench.Load;

/// <summary>Senders that each wait for an answer before they send again: as much as the server takes.</summary>
internal sealed class ClosedLoop(LoadConnections connections, WebhookIds ids) : IDisposable
{
    /// <summary>Bounds the load whatever the time: no run stores more than this in one go.</summary>
    private const int MostInOneGo = 5_000_000;

    private const int LikelyCount = 1 << 20;

    public static ClosedLoop Connect(Uri server, WebhookIds ids, int connections) => Connect([server], ids, connections);

    /// <summary>Spreads the senders evenly over several.</summary>
    public static ClosedLoop Connect(IReadOnlyList<Uri> servers, WebhookIds ids, int connections) => new(LoadConnections.Open(servers, connections), ids);

    /// <summary>Sends for a time.</summary>
    public Task<LoadResult> RunAsync(TimeSpan time, CancellationToken cancellationToken) => RunAsync(time, MostInOneGo, cancellationToken);

    /// <summary>Sends this many, or for the time, whichever is less.</summary>
    public Task<LoadResult> RunAsync(TimeSpan time, int count, CancellationToken cancellationToken)
        => LoadConnections.RunAsync(() => Send(time, count, cancellationToken), cancellationToken);

    public void Dispose() => connections.Dispose();

    private List<long> Send(TimeSpan time, int count, CancellationToken cancellationToken)
    {
        var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var taken = new List<long>(Math.Min(count, LikelyCount));
        var underWay = 0;
        for (var i = 0; i < connections.Count && count > 0; i++)
        {
            Next(connections[i]);
        }

        while (underWay > 0)
        {
            var ready = connections.Wait(LoadConnections.Look);
            var now = Stopwatch.GetTimestamp();
            foreach (var place in ready)
            {
                var connection = connections[place];
                if (!connection.Receive())
                {
                    continue;
                }

                // What has come when the wait returns has come by then: working through the others is not the server's time.
                taken.Add(now - connection.CountedFrom);
                underWay--;
                if (now < until && count > 0)
                {
                    Next(connection);
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            LoadConnections.ThrowIfLate(until);
        }

        return taken;

        void Next(LoadConnection connection)
        {
            count--;
            underWay++;
            connection.CountedFrom = Stopwatch.GetTimestamp();
            connection.Send(ids);
        }
    }
}
