using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>Rebuilds the open set: one scan of the open messages, one of the unfinished batches.</summary>
internal static class OpenRows
{
    private const string SelectBatches = """
        SELECT id, name, location, contact, channel, address, state, attempt, restarts, failures, lost, first_at, last_at, due_at,
               retry_at, retry_until, fault, reason, message_ids, running
        FROM batches WHERE state < 10 ORDER BY first_at
        """;

    private const string SelectMessages = """
        SELECT id, location, contact, received_at, reopened_at, channel, address
        FROM messages INDEXED BY messages_open WHERE batch IS NULL AND outcome = 1 ORDER BY id
        """;

    public static void Read(SqliteSession sql, OpenSet open)
    {
        foreach (var batch in sql.Query(SelectBatches, ReadBatch))
        {
            open.Restore(batch);
        }

        foreach (var (id, message) in sql.Query(SelectMessages, row => (
            new ConversationId(row.GetString(1), row.GetString(2)),
            new OpenMessage(row.GetInt64(0), row.Instant(3), row.InstantOrNull(4), open.Intern(row.GetString(5), row.TextOrNull(6))))))
        {
            open.Add(id, message);
        }

        foreach (var (id, upTo) in sql.Query(
            "SELECT location, contact, up_to FROM forces", row => (new ConversationId(row.GetString(0), row.GetString(1)), row.GetInt64(2))))
        {
            open.Find(id)?.ForcedUpTo = upTo;
        }
    }

    private static OpenBatch ReadBatch(Microsoft.Data.Sqlite.SqliteDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Name = row.GetString(1),
        Conversation = new(row.GetString(2), row.GetString(3)),
        Lane = new(row.GetString(4), row.TextOrNull(5)),
        State = (BatchState)row.GetInt32(6),
        Attempt = row.GetInt32(7),
        Restarts = row.GetInt32(8),
        Failures = row.GetInt32(9),
        Lost = row.GetInt32(10),
        FirstAt = row.Instant(11),
        LastAt = row.Instant(12),
        DueAt = row.Instant(13),
        RetryAt = row.Instant(14),
        RetryUntil = row.InstantOrNull(15),
        Fault = row.TextOrNull(16),
        Reason = row.TextOrNull(17),
        MessageIds = Columns.ReadIds(row.GetString(18)),
        IsRunning = row.GetInt64(19) != 0,
    };
}
