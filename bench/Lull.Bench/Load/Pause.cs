using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lull.Bench.Load;

/// <summary>Sleeps to a moment more finely than the runtime's own millisecond, where the system allows it, and without burning a core.</summary>
internal static class Pause
{
    private const long Nanoseconds = 1_000_000_000;

    public static void Until(long timestamp)
    {
        var ahead = timestamp - Stopwatch.GetTimestamp();
        if (ahead <= 0)
        {
            return;
        }

        if (OperatingSystem.IsLinux())
        {
            var nanoseconds = (long)(ahead * (double)Nanoseconds / Stopwatch.Frequency);
            var time = new TimeSpec((nint)(nanoseconds / Nanoseconds), (nint)(nanoseconds % Nanoseconds));
            _ = NanoSleep(in time, 0);
        }
        else
        {
            Thread.Sleep(TimeSpan.FromSeconds(ahead / (double)Stopwatch.Frequency));
        }
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    private static extern int NanoSleep(in TimeSpec time, nint remaining);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
