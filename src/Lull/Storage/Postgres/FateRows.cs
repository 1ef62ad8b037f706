using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>A message's fate: where it stands, and every step with its time.</summary>
internal static class FateRows
{
    private const string SelectMessage = """
        SELECT outcome, batch, origin, received_at, reopened_at, location, contact, channel, address, reason, text FROM lull.messages WHERE id = $1
        """;

    private const string SelectBatch = """
        SELECT b.name, b.state, b.reason, b.reply, d.state, b.ended_at, cardinality(b.message_ids), b.due_at, b.fault IS NOT NULL AND b.retry_at > b.due_at
        FROM lull.batches b LEFT JOIN lull.deliveries d ON d.batch = b.id AND d.part = 1
        """;

    private const string SelectSteps = """
        SELECT s.name, s.id, b.name, s.attempt, s.detail FROM lull.steps s JOIN lull.batches b ON b.id = s.batch WHERE s.batch = $1 ORDER BY s.id
        """;

    public static async Task<MessageFate?> FindAsync(PostgresSession sql, MessageId id, BurstWindow window, DateTimeOffset now)
    {
        if (await sql.FirstAsync(SelectMessage, row => Read(row, id), id.Value) is not { } message)
        {
            return null;
        }

        var steps = message.StepsAfter(message.Origin is { } origin ? await StepsAsync(sql, origin) : []);
        if (message.Outcome is not WebhookOutcome.Batched)
        {
            return message.AsEvent(steps);
        }

        var obstacles = await FaultRows.ObstaclesAsync(sql, now);
        if (message.Batch is { } batch)
        {
            return message.InBatch(
                await sql.FirstAsync(SelectBatch + " WHERE b.id = $1", ReadBatch, batch), obstacles, [.. steps, .. await StepsAsync(sql, batch)]);
        }

        var open = await OpenConversationRows.FindAsync(sql, message.Conversation!.Value, now);
        return message.AsOpen(
            obstacles.StandingOf(open, message.Lane, window), open is null ? null : await QueueRows.ViewAsync(sql, open, window, obstacles), steps);
    }

    /// <summary>The latest reply that was delivered or recorded, or null.</summary>
    public static async Task<LastReply?> LastReplyAsync(PostgresSession sql, ConversationId id)
        => (await sql.FirstAsync(
            SelectBatch + " WHERE b.conversation = $1 AND b.location = $2 AND b.contact = $3 AND b.state = 10 ORDER BY b.id DESC LIMIT 1",
            ReadBatch,
            id.Hash,
            id.Location,
            id.Contact))?.LastReply;

    private static Task<List<FateStep>> StepsAsync(PostgresSession sql, long batch)
        => sql.QueryAsync(
            SelectSteps,
            row => new FateStep(row.GetString(0), new MessageId(row.GetInt64(1)).StoredAt, row.GetString(2), row.GetInt32(3), row.TextOrNull(4)),
            batch);

    private static StoredMessage Read(NpgsqlDataReader row, MessageId id) => new(
        id,
        (WebhookOutcome)row.GetInt16(0),
        row.NumberOrNull(1),
        row.NumberOrNull(2),
        row.Instant(3),
        row.InstantOrNull(4),
        row.TextOrNull(5) is { } location && row.TextOrNull(6) is { } contact ? new(location, contact) : null,
        new(row.TextOrNull(7) ?? "", row.TextOrNull(8)),
        row.TextOrNull(9),
        row.TextOrNull(10));

    private static StoredBatch ReadBatch(NpgsqlDataReader row) => new(
        row.GetString(0),
        (BatchState)row.GetInt16(1),
        row.TextOrNull(2),
        row.TextOrNull(3),
        row.TextOrNull(4),
        row.InstantOrNull(5),
        row.GetInt32(6),
        row.Instant(7),
        row.GetBoolean(8));
}
