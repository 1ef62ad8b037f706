using System.Buffers.Binary;

namespace Lull.Storage.Sqlite.Moving;

/// <summary>
/// All keys that a second copy may still be known by, in their order: the sorted runs on the disk and what is in none yet are merged, one chunk of each run in memory.
/// </summary>
internal static class SeenMerge
{
    /// <param name="oldest">Messages before it are no longer known.</param>
    public static IEnumerable<(UInt128 Hash, long Message)> Read(SqliteSession sql, long oldest)
    {
        var seen = new SeenKeys();
        SeenStatements.Load(sql, seen);
        var next = new PriorityQueue<IEnumerator<(UInt128 Hash, long Message)>, UInt128>();
        foreach (var keys in seen.Runs.Where(run => run.UpTo >= oldest).Select(run => Of(sql, run)).Append(Of(seen)))
        {
            Advance(next, keys.GetEnumerator(), oldest);
        }

        (UInt128 Hash, long Message)? last = null;
        while (next.TryDequeue(out var keys, out _))
        {
            var found = keys.Current;
            if (last is { } before && before.Hash != found.Hash)
            {
                yield return before;
            }

            last = last is { } same && same.Hash == found.Hash ? (found.Hash, Math.Max(same.Message, found.Message)) : found;
            Advance(next, keys, oldest);
        }

        if (last is { } end)
        {
            yield return end;
        }
    }

    private static void Advance(PriorityQueue<IEnumerator<(UInt128 Hash, long Message)>, UInt128> next, IEnumerator<(UInt128 Hash, long Message)> keys, long oldest)
    {
        while (keys.MoveNext())
        {
            if (keys.Current.Message >= oldest)
            {
                next.Enqueue(keys, keys.Current.Hash);
                return;
            }
        }

        keys.Dispose();
    }

    private static IEnumerable<(UInt128 Hash, long Message)> Of(SeenKeys seen)
    {
        var (keys, messages) = seen.Sorted();
        return keys.Zip(messages);
    }

    private static IEnumerable<(UInt128 Hash, long Message)> Of(SqliteSession sql, SeenRun run)
    {
        for (var chunk = 0; chunk < run.Firsts.Length; chunk++)
        {
            var entries = (byte[])sql.Scalar("SELECT entries FROM seen_chunks WHERE id = $1", SeenRun.RowOf(run.Number, chunk))!;
            for (var at = 0; at < entries.Length; at += SeenRun.EntryBytes)
            {
                yield return (BinaryPrimitives.ReadUInt128BigEndian(entries.AsSpan(at)), BinaryPrimitives.ReadInt64BigEndian(entries.AsSpan(at + SeenRun.KeyBytes)));
            }
        }
    }
}
