using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lull.Storage.Postgres;

/// <summary>The hash under which a duplicate key is remembered: tells nothing of the contact without the database's own key.</summary>
internal sealed class KeyedHash(byte[] key)
{
    private const int Length = 16;

    public Guid Of(string text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text), digest);
        return new(digest[..Length], bigEndian: true);
    }

    /// <summary>The same hash as the embedded store has it.</summary>
    public static Guid ToColumn(UInt128 hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, hash);
        return new(bytes, bigEndian: true);
    }

    /// <summary>Of all of an arrival's keys, in their order.</summary>
    public Guid[] Of(IReadOnlyList<DuplicateKey> keys) => keys.Count == 0 ? [] : [.. keys.Select(key => Of(key.Text))];

    /// <summary>The database's key, made by the first node that asks.</summary>
    public static async Task<KeyedHash> LoadAsync(PostgresSession sql)
    {
        await sql.ExecuteAsync("INSERT INTO lull.meta (name, bytes) VALUES ('hash_key', $1) ON CONFLICT (name) DO NOTHING", RandomNumberGenerator.GetBytes(32));
        return new((await sql.FirstAsync("SELECT bytes FROM lull.meta WHERE name = 'hash_key'", row => row.GetFieldValue<byte[]>(0)))!);
    }
}
