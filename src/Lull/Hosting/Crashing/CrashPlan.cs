using System.Diagnostics;
using System.Globalization;

namespace Lull.Hosting.Crashing;

/// <summary>Counts the calls a test waits for and ends the process, as a power cut would, at the one that was asked for.</summary>
internal sealed class CrashPlan(IReadOnlyList<CrashPoint> points)
{
    private readonly int[] _counts = new int[points.Count];
    private readonly bool[] _isArmed = [.. points.Select(point => point.From is null)];

    /// <summary>Points that count from a contact's first webhook on count from now on.</summary>
    public void Heard(string contact)
    {
        for (var i = 0; i < points.Count; i++)
        {
            _isArmed[i] |= points[i].From == contact;
        }
    }

    /// <summary>Does not return when this call is where the process is to die.</summary>
    /// <param name="steps">What the call is: its name, and its name with each kind that is among its arguments or is its result.</param>
    public void Reached(CrashWhen when, IReadOnlyCollection<string> steps)
    {
        // All are counted before the first acts: one that throws must not hide the call from the others.
        CrashPoint? reached = null;
        for (var i = 0; i < points.Count; i++)
        {
            if (_isArmed[i] && points[i].When == when && steps.Contains(points[i].Step) && Interlocked.Increment(ref _counts[i]) == points[i].Nth)
            {
                reached ??= points[i];
            }
        }

        if (reached is not null)
        {
            Act(reached);
        }
    }

    private static void Act(CrashPoint point)
    {
        // Written through at once: nothing can be flushed later.
        Console.Error.WriteLine($"crash point reached: {point}");
        if (point.When is CrashWhen.Throws)
        {
            throw new InvalidOperationException($"The test's crash point {point}.");
        }

        if (point.When is CrashWhen.Stands)
        {
            using var signal = Process.Start("kill", ["-STOP", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
            signal.WaitForExit();
            return;
        }

        Process.GetCurrentProcess().Kill();
    }
}
