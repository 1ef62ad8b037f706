using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Lull.Bench.Measures;

/// <summary>What one small forced write costs on the disk of a folder: the floor under every durable acknowledgement.</summary>
internal static class DiskProbe
{
    private const int Writes = 200, Page = 4096;

    /// <summary>The median of one commit of one small row by SQLite as Lull uses it: WAL, synchronous FULL.</summary>
    public static TimeSpan MedianCommit(string folder)
    {
        var path = Path.Combine(folder, $"probe-{Guid.NewGuid():N}.db");
        using var store = new SqliteConnection($"Data Source={path};Pooling=false");
        store.Open();
        using var command = store.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL)";
        command.ExecuteNonQuery();
        command.CommandText = "INSERT INTO rows (body) VALUES (zeroblob(300))";
        command.Prepare();
        var taken = new List<long>(Writes);
        for (var i = 0; i < Writes; i++)
        {
            var started = Stopwatch.GetTimestamp();
            command.ExecuteNonQuery();
            taken.Add(Stopwatch.GetTimestamp() - started);
        }

        return Percentiles.Of([taken]).At(0.5);
    }

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
