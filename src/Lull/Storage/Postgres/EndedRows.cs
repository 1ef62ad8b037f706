using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Batches that wait for the operator, and those that wait for a fault to be mended.</summary>
internal static class EndedRows
{
    private const string Fields = "SELECT id, name, location, contact, state, reason, COALESCE(ended_at, due_at) AS at, message_ids, reply FROM lull.batches ";

    private const string SelectDeadLettered = Fields + "WHERE state = 13 AND id > $1 ORDER BY id LIMIT $2";

    private const string SelectHeld = $"""
        ({Fields} WHERE state = 12 AND id > $1 ORDER BY id LIMIT $2)
        UNION ALL ({Fields} WHERE state < 10 AND state = 1 AND fault IS NOT NULL AND id > $1 ORDER BY id LIMIT $2)
        ORDER BY id LIMIT $2
        """;

    public static async Task<List<EndedBatch>> PageAsync(PostgresSession sql, BatchState state, long after, int limit)
    {
        var rows = await sql.QueryAsync(state is BatchState.DeadLettered ? SelectDeadLettered : SelectHeld, Read, after, limit);
        var messages = await BurstMessageRows.ReadGroupsAsync(sql, [.. rows.Select(row => row.MessageIds)]);
        return [.. rows.Select((row, n) => row.With(messages[n]))];
    }

    private static EndedRow Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        new(row.GetString(2), row.GetString(3)),
        (BatchState)row.GetInt16(4),
        row.TextOrNull(5),
        row.Instant(6),
        [.. row.GetFieldValue<long[]>(7)],
        row.TextOrNull(8));
}
