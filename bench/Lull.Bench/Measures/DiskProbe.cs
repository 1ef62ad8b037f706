using System.Diagnostics;

namespace Lull.Bench.Measures;

/// <summary>What one small forced write costs on the disk of a folder: the floor under every durable acknowledgement.</summary>
internal static class DiskProbe
{
    private const int Writes = 200, Page = 4096;

    /// <summary>The median of writing a page and forcing it to the disk.</summary>
    public static TimeSpan MedianForcedWrite(string folder)
    {
        var path = Path.Combine(folder, "probe");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        var page = new byte[Page];
        var taken = new List<long>(Writes);
        for (var i = 0; i < Writes; i++)
        {
            var started = Stopwatch.GetTimestamp();
            file.Write(page);
            file.Flush(flushToDisk: true);
            taken.Add(Stopwatch.GetTimestamp() - started);
        }

        return Percentiles.Of([taken]).At(0.5);
    }
}
