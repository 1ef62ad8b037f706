using System.Globalization;

namespace Lull.Bench.Measures;

/// <summary>A server's <c>/metrics</c> at one moment, in Prometheus' text format.</summary>
internal sealed class MetricsPage(string text)
{
    /// <summary>A histogram, all its label sets added up; empty when the server has not counted anything yet.</summary>
    public MetricHistogram Histogram(string name)
    {
        var buckets = new SortedDictionary<double, double>();
        double sum = 0, count = 0;
        foreach (var line in text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal)))
        {
            var rest = line[name.Length..];
            if (rest.StartsWith("_bucket", StringComparison.Ordinal))
            {
                var bound = Bound(rest);
                buckets[bound] = buckets.GetValueOrDefault(bound) + Value(rest);
            }
            else if (rest.StartsWith("_sum", StringComparison.Ordinal))
            {
                sum += Value(rest);
            }
            else if (rest.StartsWith("_count", StringComparison.Ordinal))
            {
                count += Value(rest);
            }
        }

        return new([.. buckets.Select(bucket => (bucket.Key, bucket.Value))], sum, count);
    }

    /// <summary>A gauge or counter, all its label sets added up; 0 when there is none.</summary>
    public double Sum(string name)
        => text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ('{' or ' ')).Sum(Value);

    private static double Bound(string line)
    {
        const string Label = "le=\"";
        var at = line.IndexOf(Label, StringComparison.Ordinal) + Label.Length;
        var bound = line[at..line.IndexOf('"', at)];
        return bound == "+Inf" ? double.PositiveInfinity : double.Parse(bound, CultureInfo.InvariantCulture);
    }

    private static double Value(string line)
    {
        var start = line.IndexOf('}') is var brace && brace >= 0 ? brace + 1 : line.IndexOf(' ');
        return double.Parse(line[start..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
    }
}
