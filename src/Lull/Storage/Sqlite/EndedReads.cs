using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>Batches that wait for the operator, and those that wait for a fault to be mended.</summary>
internal static class EndedReads
{
    private const string Fields = "SELECT id, name, location, contact, state, reason, ended_at, message_ids, reply, due_at FROM batches ";

    // A partial index is used only where its own condition is repeated.
    private const string SelectDeadLettered = Fields + "INDEXED BY batches_for_operator WHERE state IN (12, 13) AND state = 13 AND id > $1 ORDER BY id LIMIT $2";

    private const string SelectHeld = Fields + "INDEXED BY batches_for_operator WHERE state IN (12, 13) AND state = 12 AND id > $1 ORDER BY id LIMIT $2";

    private const string SelectFaulted = Fields + "INDEXED BY batches_unfinished WHERE state < 10 AND state = 1 AND fault IS NOT NULL AND id > $1 ORDER BY id LIMIT $2";

    public static List<EndedBatch> Page(SqliteSession sql, BatchState state, long after, int limit)
        => [.. Rows(sql, state, after, limit).Select(row => row.With(BatchRows.Messages(sql, row.MessageIds)))];

    private static IEnumerable<EndedRow> Rows(SqliteSession sql, BatchState state, long after, int limit)
        => state is BatchState.DeadLettered
            ? sql.Query(SelectDeadLettered, Read, after, limit)
            : sql.Query(SelectHeld, Read, after, limit).Concat(sql.Query(SelectFaulted, Read, after, limit)).OrderBy(row => row.Id).Take(limit);

    private static EndedRow Read(Microsoft.Data.Sqlite.SqliteDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        new(row.GetString(2), row.GetString(3)),
        (BatchState)row.GetInt32(4),
        row.TextOrNull(5),
        row.InstantOrNull(6) ?? row.Instant(9),
        Columns.ReadIds(row.GetString(7)),
        row.TextOrNull(8));
}
