using Lull.Storage.Ledger.Auditing;
using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite.Auditing;

/// <summary>One walk through all tables, each in the order of its key.</summary>
internal sealed class AuditWalk(SqliteSession session, AuditTally tally, CancellationToken cancellationToken)
{
    // Each part reads its table once in the order of its key, and none of them sorts.
    private static readonly string Listed = $"""
        SELECT b.id AS batch, {BatchRules.Counted("j.value")}
        FROM batches b
        LEFT JOIN json_each(CASE WHEN json_valid(b.message_ids) THEN b.message_ids ELSE '[]' END) j
        LEFT JOIN messages m ON m.id = j.value
        GROUP BY b.id
        """;

    // With one MAX the other columns are those of the row that has it: the last step.
    private const string LastSteps = "SELECT batch, MAX(id), name, attempt FROM steps GROUP BY batch";

    /// <summary>In the order of storing, which is about that of the batches.</summary>
    public void Messages()
    {
        Each(
            MessageRules.Select(AuditDialect.Sqlite) + " ORDER BY m.id",
            row => tally.Message(row.GetInt64(0), row.GetInt64(1), row.NumberOrNull(2), row.TextOrNull(3), row.NumberOrNull(4), row.GetInt64(5)));
        tally.CountMessages();
    }

    public void Batches() => Each(
        BatchRules.Select(AuditDialect.Sqlite, Listed, LastSteps), row => tally.Batch(row.GetString(0), row.GetInt64(1), row.GetInt64(2)));

    public void Deliveries() => Each(
        DeliveryRules.Select(AuditDialect.Sqlite),
        row => tally.Delivery(row.GetInt64(0), row.TextOrNull(1), row.GetInt64(2), row.GetString(3), row.GetInt64(4)));

    public void Others()
    {
        foreach (var rule in OtherRules.All(AuditDialect.Sqlite))
        {
            Each(rule.Broken, row => tally.Other(rule, row.GetString(0)));
        }
    }

    private void Each(string sql, Action<SqliteDataReader> visit)
    {
        const int Piece = 4096;
        var visited = 0;
        session.Each(sql, row =>
        {
            if (++visited % Piece == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            visit(row);
        });
    }
}
