using System.Diagnostics;

namespace Lull.Bench.Measures;

/// <summary>Exact percentiles of measured times: every one is kept, none is put into a bucket.</summary>
internal sealed class Percentiles
{
    private readonly long[] _sorted;

    private Percentiles(long[] sorted) => _sorted = sorted;

    public int Count => _sorted.Length;

    public TimeSpan Max => At(1);

    /// <param name="ticks">Differences of <see cref="Stopwatch"/> timestamps, in any order.</param>
    public static Percentiles Of(IEnumerable<IReadOnlyCollection<long>> ticks)
    {
        var all = ticks.SelectMany(some => some).ToArray();
        Array.Sort(all);
        return new(all);
    }

    public static Percentiles Of(IEnumerable<TimeSpan> times) => Of([times.Select(time => (long)(time.TotalSeconds * Stopwatch.Frequency)).ToList()]);

    public static Percentiles Of(IEnumerable<Percentiles> parts) => Of(parts.Select(part => part._sorted));

    /// <summary>The least time that this share of all stays within.</summary>
    /// <param name="share">0 to 1.</param>
    public TimeSpan At(double share)
    {
        if (_sorted.Length == 0)
        {
            throw new BenchException("Nothing was measured.");
        }

        var rank = (int)Math.Ceiling(share * _sorted.Length);
        return Stopwatch.GetElapsedTime(0, _sorted[Math.Clamp(rank - 1, 0, _sorted.Length - 1)]);
    }
}
