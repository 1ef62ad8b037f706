using System.Diagnostics;

namespace Lull.Bench.Servers;

/// <summary>What a process has used, by the system's own accounting of it.</summary>
internal sealed class ProcessUsage(Process process)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200), MostSettling = TimeSpan.FromSeconds(5);

    private const double QuietShare = 0.1;

    /// <summary>User and kernel time since its start.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Memory that is in RAM, in MiB.</summary>
    public double ResidentMiB
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Waits until it has worked off what the last answers left behind, so that this counts as theirs; a few seconds at most.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < MostSettling)
        {
            var before = Cpu;
            await Task.Delay(Look, cancellationToken);
            if (Cpu - before < Look * QuietShare)
            {
                return;
            }
        }
    }
}
