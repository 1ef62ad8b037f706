using System.Diagnostics;
using System.Globalization;

namespace Lull.Bench.Servers;

/// <summary>What a server has used, by the system's own accounting: of all its processes, with those they started.</summary>
/// <param name="roots">The processes that were started; on Linux what they start counts with them.</param>
internal sealed class ProcessUsage(params int[] roots)
{
    private const double QuietShare = 0.1, KiBInMiB = 1024;

    // Linux counts in hundredths of a second on every architecture .NET runs on.
    private const int TicksPerSecond = 100;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>User and kernel time since the start, of processes that have ended too.</summary>
    public TimeSpan Cpu => OperatingSystem.IsLinux()
        ? TimeSpan.FromSeconds((double)ProcessTree.Under(roots).Sum(process => process.CpuTicks) / TicksPerSecond)
        : Sum(process => process.TotalProcessorTime.TotalSeconds) is var seconds ? TimeSpan.FromSeconds(seconds) : default;

    /// <summary>Memory that is in RAM now, in MiB; what processes share counts once.</summary>
    public double ResidentMiB => OperatingSystem.IsLinux()
        ? ProcessTree.Under(roots).Sum(process => KiB($"/proc/{process.Id}/smaps_rollup", "Pss:")) / KiBInMiB
        : Sum(process => process.WorkingSet64) / KiBInMiB / KiBInMiB;

    /// <summary>The most that each process ever had in RAM, added up, in MiB; what processes share counts for each.</summary>
    public double PeakMiB => OperatingSystem.IsLinux()
        ? ProcessTree.Under(roots).Sum(process => KiB($"/proc/{process.Id}/status", "VmHWM:")) / KiBInMiB
        : Sum(process => process.PeakWorkingSet64) / KiBInMiB / KiBInMiB;

    /// <summary>Waits until it has worked off what the last answers left behind, so that this counts as theirs.</summary>
    /// <param name="most">When to go on all the same.</param>
    public async Task SettleAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < most)
        {
            var before = Cpu;
            await Task.Delay(Look, cancellationToken);
            if (Cpu - before < Look * QuietShare)
            {
                return;
            }
        }
    }

    private static double KiB(string path, string name)
    {
        try
        {
            var line = File.ReadLines(path).First(line => line.StartsWith(name, StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // It has just ended.
            return 0;
        }
    }

    private double Sum(Func<Process, double> part) => roots.Sum(id =>
    {
        using var process = Process.GetProcessById(id);
        return part(process);
    });
}
