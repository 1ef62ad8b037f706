using System.Security.Cryptography;
using System.Text;

namespace Lull.Storage.Sqlite;

/// <summary>What an operation on the writer works with: the connection, the open set in memory, the clock and the ids. Touched by the writer only.</summary>
internal sealed class WriteContext(SqliteSession sql, OpenSet open, StoreClock clock, StoreMirror mirror, byte[] hashKey, long lastId)
{
    private long _lastId = lastId;

    public SqliteSession Sql => sql;

    public OpenSet Open => open;

    public StoreMirror Mirror => mirror;

    public DateTimeOffset Now => clock.Now;

    /// <summary>The next id: grows with time, unique for webhooks and steps alike.</summary>
    public MessageId NextId() => new(_lastId = Math.Max(_lastId + 1, MessageId.FirstOf(clock.Now).Value));

    /// <summary>The keyed hash under which a duplicate key is remembered: tells nothing of the contact without the store's own key.</summary>
    public byte[] Hash(string key) => HashWith(hashKey, key);

    /// <summary>Writes one line of a batch's history.</summary>
    public void Step(OpenBatch batch, string name, string? detail = null)
        => sql.Execute("INSERT INTO steps (batch, id, name, attempt, detail) VALUES ($1, $2, $3, $4, $5)", batch.Id, NextId().Value, name, batch.Attempt, detail);

    /// <summary>The same hash on a reader's side.</summary>
    public static byte[] HashWith(byte[] hashKey, string key) => HMACSHA256.HashData(hashKey, Encoding.UTF8.GetBytes(key))[..16];
}
