using Lull.Storage.Moving;
using Npgsql;
using NpgsqlTypes;

namespace Lull.Storage.Postgres.Moving;

/// <summary>Writes rows by COPY, one after another: memory holds one of them.</summary>
internal sealed class TableCopy(PostgresSession sql, MoveProgress progress)
{
    // The server's indexes may keep it from reading for a while.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    public async Task RunAsync(MovedTable table, IEnumerable<object?[]> rows)
    {
        progress.Begin(table.Name);
        await using var copy = await BeginAsync(table.Name, table.Columns.Select(column => column.Name));
        foreach (var row in rows)
        {
            await copy.StartRowAsync(sql.Cancellation);
            for (var i = 0; i < row.Length; i++)
            {
                await WriteAsync(copy, row[i], table.Columns[i].Type);
            }

            progress.Row(table.Name);
        }

        await copy.CompleteAsync(sql.Cancellation);
        progress.End(table.Name);
    }

    /// <summary>Keys go into the buckets in which the store would have put them when it stored their message.</summary>
    public async Task SeenAsync(IEnumerable<(UInt128 Hash, long Message)> seen)
    {
        const string Table = "seen";
        progress.Begin(Table);
        await using var copy = await BeginAsync(Table, ["bucket", "hash", "message"]);
        foreach (var (hash, message) in seen)
        {
            foreach (var bucket in SeenRows.BucketsOf(new MessageId(message).StoredAt))
            {
                await copy.StartRowAsync(sql.Cancellation);
                await copy.WriteAsync(bucket, NpgsqlDbType.Integer, sql.Cancellation);
                await copy.WriteAsync(KeyedHash.ToColumn(hash), NpgsqlDbType.Uuid, sql.Cancellation);
                await copy.WriteAsync(message, NpgsqlDbType.Bigint, sql.Cancellation);
                progress.Row(Table);
            }
        }

        await copy.CompleteAsync(sql.Cancellation);
        progress.End(Table);
    }

    private async Task<NpgsqlBinaryImporter> BeginAsync(string table, IEnumerable<string> columns)
    {
        var copy = await sql.CopyAsync($"COPY lull.{table} ({string.Join(", ", columns)}) FROM STDIN (FORMAT BINARY)");
        copy.Timeout = Patience;
        return copy;
    }

    private Task WriteAsync(NpgsqlBinaryImporter copy, object? value, MovedType type) => value is null
        ? copy.WriteNullAsync(sql.Cancellation)
        : type switch
        {
            MovedType.Whole => copy.WriteAsync(checked((int)(long)value), NpgsqlDbType.Integer, sql.Cancellation),
            MovedType.Small => copy.WriteAsync(checked((short)(long)value), NpgsqlDbType.Smallint, sql.Cancellation),
            MovedType.Flag => copy.WriteAsync((bool)value, NpgsqlDbType.Boolean, sql.Cancellation),
            MovedType.Text => copy.WriteAsync(WebhookRows.Storable((string)value)!, NpgsqlDbType.Text, sql.Cancellation),
            MovedType.Bytes => copy.WriteAsync((byte[])value, NpgsqlDbType.Bytea, sql.Cancellation),
            MovedType.Numbers => copy.WriteAsync((long[])value, NpgsqlDbType.Array | NpgsqlDbType.Bigint, sql.Cancellation),
            _ => copy.WriteAsync((long)value, NpgsqlDbType.Bigint, sql.Cancellation),
        };
}
