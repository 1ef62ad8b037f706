using System.Runtime.InteropServices;

namespace Lull.Storage.Sqlite;

/// <summary>
/// Says of a key that it is surely not in a run, at two bytes a key: a Bloom filter whose bits for one key lie in one cache line.
/// About one key in five hundred that is not there is taken for one that may be.
/// </summary>
internal readonly struct SeenFilter(ulong[] words)
{
    private const int BitsPerKey = 16, WordsPerBlock = 8, Probes = 6;

    /// <summary>As it is stored.</summary>
    public ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(words.AsSpan());

    public static SeenFilter For(int keys) => new(new ulong[Math.Max(1, keys * BitsPerKey / (64 * WordsPerBlock)) * WordsPerBlock]);

    public static SeenFilter Read(byte[] bytes) => new(MemoryMarshal.Cast<byte, ulong>(bytes).ToArray());

    public void Add(UInt128 key)
    {
        var (block, bits) = Place(key);
        for (var probe = 0; probe < Probes; probe++, bits >>= 9)
        {
            words[block + (int)(bits >> 6 & 7)] |= 1UL << (int)(bits & 63);
        }
    }

    public bool MayHold(UInt128 key)
    {
        var (block, bits) = Place(key);
        for (var probe = 0; probe < Probes; probe++, bits >>= 9)
        {
            if ((words[block + (int)(bits >> 6 & 7)] & 1UL << (int)(bits & 63)) == 0)
            {
                return false;
            }
        }

        return true;
    }

    // The key is a hash already: its halves are as good as two hash functions.
    private (int Block, ulong Bits) Place(UInt128 key)
        => ((int)Math.BigMul((ulong)(key >> 64), (ulong)(words.Length / WordsPerBlock), out _) * WordsPerBlock, (ulong)key);
}
