using System.Diagnostics;

namespace Lull.Bench.Load;

/// <summary>
/// The connections of one load, served by one thread that waits for all of them at once: the load shares the cores with the servers, and this costs it two system calls for a webhook.
/// </summary>
internal sealed class LoadConnections : IDisposable
{
    /// <summary>How often a load looks whether it has been told to stop, while nothing comes.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>How long the last answers may take before the run is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LoadConnection[] _all;
    private readonly Readiness _readiness;

    private LoadConnections(LoadConnection[] all)
    {
        _all = all;
        _readiness = Readiness.Of([.. all.Select(connection => connection.Socket)]);
    }

    public int Count => _all.Length;

    public LoadConnection this[int index] => _all[index];

    public static LoadConnections Open(IReadOnlyList<Uri> servers, int count)
    {
        List<LoadConnection> all = [];
        try
        {
            while (all.Count < count)
            {
                all.Add(LoadConnection.Open(servers[all.Count % servers.Count]));
            }

            return new([.. all]);
        }
        catch
        {
            all.ForEach(connection => connection.Dispose());
            throw;
        }
    }

    /// <summary>The connections on which something has come; valid until the next call.</summary>
    public ReadOnlySpan<int> Wait(TimeSpan most) => _readiness.Wait(most);

    /// <summary>Runs a load on a thread of its own and adds what it cost this process.</summary>
    public static async Task<LoadResult> RunAsync(Func<List<long>> load, CancellationToken cancellationToken)
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var taken = await Task.Factory.StartNew(load, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var (took, spent) = (Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - cpu);
        return new(took, Percentiles.Of([taken]), spent);
    }

    /// <exception cref="BenchException">Answers are missing for too long: a server that hangs must not hang the benchmark.</exception>
    public static void ThrowIfLate(long until)
    {
        if (Stopwatch.GetElapsedTime(until) > Patience)
        {
            throw new BenchException($"Answers were still missing after {Patience.TotalSeconds:0} s.");
        }
    }

    public void Dispose()
    {
        _readiness.Dispose();
        Array.ForEach(_all, connection => connection.Dispose());
    }
}
