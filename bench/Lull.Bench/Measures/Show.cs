namespace Lull.Bench.Measures;

/// <summary>Numbers as the tables show them, each with its unit.</summary>
internal static class Show
{
    public static string Milliseconds(TimeSpan time) => Milliseconds(time.TotalSeconds);

    public static string Milliseconds(double seconds) => $"{seconds * 1e3:0.00} ms";

    public static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.00} s";

    public static string PerSecond(double rate) => $"{rate:0}/s";

    public static string MicrosecondsEach(TimeSpan total, int count) => $"{total.TotalMicroseconds / count:0.0} µs";

    public static string Ratio(double ratio) => $"{ratio:0.00} ×";

    public static string MiB(double size) => $"{size:0} MiB";
}
