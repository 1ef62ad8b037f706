namespace Lull.Bench.Measures;

/// <summary>The same thing measured several times on a machine that is never quite idle.</summary>
internal sealed record Spread(double Median, double Least, double Most)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
        {
            throw new BenchException("Nothing was measured.");
        }

        var middle = sorted.Length / 2;
        return new(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }

    /// <summary>The median and, if there is more than one value, the least and the most.</summary>
    public string Show(string format, string unit)
    {
        var median = Median.ToString(format, null) + unit;
        return Least == Most ? median : $"{median} ({Least.ToString(format, null)}–{Most.ToString(format, null)})";
    }
}
