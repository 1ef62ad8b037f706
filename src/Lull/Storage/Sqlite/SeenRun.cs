using System.Buffers.Binary;

namespace Lull.Storage.Sqlite;

/// <summary>A sorted run of keys on the disk, of which memory knows enough to read one page at most.</summary>
/// <param name="UpTo">The newest message in it.</param>
/// <param name="Firsts">The first key of each chunk.</param>
internal sealed record SeenRun(long Number, long UpTo, SeenFilter Filter, UInt128[] Firsts)
{
    /// <summary>How many entries a chunk holds, so that two fill a page of 8 KiB, or one of the older 4 KiB, and none needs a second one.</summary>
    public const int ChunkEntries = 168;

    public const int KeyBytes = 16, EntryBytes = KeyBytes + sizeof(long);

    private const int MaxChunks = 1 << 20;

    /// <summary>The row of a chunk.</summary>
    public static long RowOf(long run, int chunk) => run * MaxChunks + chunk;

    /// <summary>The row of the chunk that holds the key if any does; null when none does.</summary>
    public long? RowFor(UInt128 key)
    {
        if (!Filter.MayHold(key))
        {
            return null;
        }

        var at = Array.BinarySearch(Firsts, key);
        var chunk = at >= 0 ? at : ~at - 1;
        return chunk < 0 ? null : RowOf(Number, chunk);
    }

    /// <summary>The message of a key in a chunk's entries.</summary>
    public static MessageId? Find(ReadOnlySpan<byte> entries, UInt128 key)
    {
        var (low, high) = (0, entries.Length / EntryBytes - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var entry = entries.Slice(middle * EntryBytes, EntryBytes);
            var found = BinaryPrimitives.ReadUInt128BigEndian(entry);
            if (found == key)
            {
                return new(BinaryPrimitives.ReadInt64BigEndian(entry[KeyBytes..]));
            }

            (low, high) = found < key ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    public static byte[] Write(ReadOnlySpan<UInt128> keys, ReadOnlySpan<long> messages)
    {
        var entries = new byte[keys.Length * EntryBytes];
        for (var i = 0; i < keys.Length; i++)
        {
            var entry = entries.AsSpan(i * EntryBytes);
            BinaryPrimitives.WriteUInt128BigEndian(entry, keys[i]);
            BinaryPrimitives.WriteInt64BigEndian(entry[KeyBytes..], messages[i]);
        }

        return entries;
    }

    public static byte[] WriteKeys(ReadOnlySpan<UInt128> keys)
    {
        var bytes = new byte[keys.Length * KeyBytes];
        for (var i = 0; i < keys.Length; i++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(i * KeyBytes), keys[i]);
        }

        return bytes;
    }

    public static UInt128[] ReadKeys(ReadOnlySpan<byte> bytes)
    {
        var keys = new UInt128[bytes.Length / KeyBytes];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = BinaryPrimitives.ReadUInt128BigEndian(bytes[(i * KeyBytes)..]);
        }

        return keys;
    }
}
