using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>What an operation on the writer works with: the connection, what is open and what was seen in memory, the clock and the ids. Touched by the writer only.</summary>
internal sealed class WriteContext(SqliteSession sql, OpenSet open, SeenKeys seen, StoreClock clock, StoreMirror mirror, byte[] hashKey, long lastId) : IDisposable
{
    private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, hashKey);
    private readonly byte[] _digest = new byte[SHA256.HashSizeInBytes];
    private byte[] _text = new byte[1024];
    private long _lastId = lastId;

    public SqliteSession Sql => sql;

    public OpenSet Open => open;

    public SeenKeys Seen => seen;

    public StoreMirror Mirror => mirror;

    public DateTimeOffset Now => clock.Now;

    /// <summary>What the state machine works on.</summary>
    public SqliteLedgerRows Rows => field ??= new(this);

    /// <summary>The statement that stores a webhook.</summary>
    public MessageInsert Messages { get; } = new(sql);

    /// <summary>The next id: grows with time, unique for webhooks and steps alike.</summary>
    public MessageId NextId() => new(_lastId = Math.Max(_lastId + 1, MessageId.FirstOf(clock.Now).Value));

    /// <summary>The keyed hash under which a duplicate key is remembered: tells nothing of the contact without the store's own key.</summary>
    public UInt128 Hash(string key)
    {
        var most = Encoding.UTF8.GetMaxByteCount(key.Length);
        if (most > _text.Length)
        {
            _text = new byte[most];
        }

        _hmac.AppendData(_text.AsSpan(0, Encoding.UTF8.GetBytes(key, _text)));
        _hmac.GetHashAndReset(_digest);
        return BinaryPrimitives.ReadUInt128BigEndian(_digest);
    }

    /// <summary>The same of all of an arrival's keys.</summary>
    public UInt128[] Hash(IReadOnlyList<DuplicateKey> keys)
    {
        if (keys.Count == 0)
        {
            return [];
        }

        var hashes = new UInt128[keys.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = Hash(keys[i].Text);
        }

        return hashes;
    }

    /// <summary>Writes one line of a batch's history.</summary>
    public void Step(OpenBatch batch, string name, string? detail = null)
        => sql.Execute("INSERT INTO steps (batch, id, name, attempt, detail) VALUES ($1, $2, $3, $4, $5)", batch.Id, NextId().Value, name, batch.Attempt, detail);

    /// <summary>Reads everything again that is held in memory beside the tables: at the start, and after a commit that failed.</summary>
    public void Reload()
    {
        mirror.Load(sql);
        open.Load(sql);
        SeenStatements.Load(sql, seen);
    }

    public void Dispose()
    {
        Messages.Dispose();
        _hmac.Dispose();
    }

    /// <summary>The same hash on a reader's side.</summary>
    public static UInt128 HashWith(byte[] hashKey, string key) => BinaryPrimitives.ReadUInt128BigEndian(HMACSHA256.HashData(hashKey, Encoding.UTF8.GetBytes(key)));
}
