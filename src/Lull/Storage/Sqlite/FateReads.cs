using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>A message's fate: where it stands, and every step with its time.</summary>
internal sealed class FateReads(QueueReads queue)
{
    private const string SelectMessage = """
        SELECT outcome, batch, origin, received_at, reopened_at, location, contact, channel, address, reason, text FROM messages WHERE id = $1
        """;

    private const string SelectBatch = """
        SELECT b.name, b.state, b.reason, b.reply, d.state, b.ended_at, b.message_ids, b.location, b.contact, b.due_at, b.fault IS NOT NULL AND b.retry_at > b.due_at
        FROM batches b LEFT JOIN deliveries d ON d.batch = b.id AND d.part = 1 WHERE b.id = $1
        """;

    public MessageFate? Fate(SqliteSession sql, MessageId id, BurstWindow window)
    {
        if (sql.First(SelectMessage, row => Read(row, id), id.Value) is not { } message)
        {
            return null;
        }

        var steps = message.StepsAfter(message.Origin is { } origin ? Steps(sql, origin) : []);
        if (message.Outcome is not WebhookOutcome.Batched)
        {
            return message.AsEvent(steps);
        }

        return message.Batch is { } batch
            ? message.InBatch(sql.First(SelectBatch, ReadBatch, batch), queue.Obstacles, [.. steps, .. Steps(sql, batch)])
            : message.AsOpen(queue.StandingOf(message.Conversation!.Value, message.Lane, window), queue.Burst(sql, message.Conversation.Value, window), steps);
    }

    /// <summary>The reply of a batch, once it was delivered or recorded.</summary>
    public static LastReply? LastReply(SqliteSession sql, ConversationId id)
        => sql.First(
            """
            SELECT b.reply, b.ended_at, b.name, b.message_ids, d.state FROM batches b LEFT JOIN deliveries d ON d.batch = b.id AND d.part = 1
            WHERE b.conversation = $1 AND b.location = $2 AND b.contact = $3 AND b.state = 10 ORDER BY b.id DESC LIMIT 1
            """,
            row => new LastReply(row.GetString(0), row.Instant(1), row.GetString(2), Columns.ReadIds(row.GetString(3)).Count, row.TextOrNull(4) == "recorded"),
            id.Hash,
            id.Location,
            id.Contact);

    private static List<FateStep> Steps(SqliteSession sql, long batch)
        => sql.Query(
            "SELECT s.name, s.id, b.name, s.attempt, s.detail FROM steps s JOIN batches b ON b.id = s.batch WHERE s.batch = $1 ORDER BY s.id",
            row => new FateStep(row.GetString(0), new MessageId(row.GetInt64(1)).StoredAt, row.GetString(2), row.GetInt32(3), row.TextOrNull(4)),
            batch);

    private static StoredMessage Read(Microsoft.Data.Sqlite.SqliteDataReader row, MessageId id) => new(
        id,
        (WebhookOutcome)row.GetInt32(0),
        row.NumberOrNull(1),
        row.NumberOrNull(2),
        row.Instant(3),
        row.InstantOrNull(4),
        row.TextOrNull(5) is { } location && row.TextOrNull(6) is { } contact ? new(location, contact) : null,
        new(row.TextOrNull(7) ?? "", row.TextOrNull(8)),
        row.TextOrNull(9),
        row.TextOrNull(10));

    private static StoredBatch ReadBatch(Microsoft.Data.Sqlite.SqliteDataReader row) => new(
        row.GetString(0),
        (BatchState)row.GetInt32(1),
        row.TextOrNull(2),
        row.TextOrNull(3),
        row.TextOrNull(4),
        row.InstantOrNull(5),
        Columns.ReadIds(row.GetString(6)).Count,
        row.Instant(9),
        row.GetInt64(10) != 0);
}
