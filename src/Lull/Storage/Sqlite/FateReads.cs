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
        if (sql.First(SelectMessage, Read, id.Value) is not { } message)
        {
            return null;
        }

        List<FateStep> steps = [new("received", message.ReceivedAt, null, null, null)];
        if (message.Origin is { } origin)
        {
            steps.AddRange(Steps(sql, origin));
        }

        if (message.ReopenedAt is { } reopened)
        {
            steps.Add(new("reopened", reopened, null, null, null));
        }

        if (message.Outcome is not WebhookOutcome.Batched)
        {
            return new(id, message.Conversation, message.Text, message.Outcome.ToString().ToLowerInvariant(), message.Reason, null, null, null, steps);
        }

        return message.Batch is { } batch
            ? InBatch(sql, id, message, batch, [.. steps, .. Steps(sql, batch)])
            : Open(sql, id, message, window, steps);
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

    private MessageFate Open(SqliteSession sql, MessageId id, MessageRow message, BurstWindow window, List<FateStep> steps)
    {
        var (state, reason, release) = queue.StateOf(message.Conversation!.Value, message.Lane, window);
        var burst = queue.Burst(sql, message.Conversation.Value, window);
        var batch = burst?.Messages.Any(other => other.Id == id) == true ? burst.Batch : null;
        return new(id, message.Conversation, message.Text, state, reason, release, batch, null, steps);
    }

    private MessageFate InBatch(SqliteSession sql, MessageId id, MessageRow message, long batchId, List<FateStep> steps)
    {
        var batch = sql.First(SelectBatch, ReadBatch, batchId);
        if (batch is null)
        {
            return new(id, message.Conversation, message.Text, "open", null, null, null, null, steps);
        }

        var state = StepNames.FateOf(batch.State);
        var (reason, release) = (batch.Reason, batch.State is BatchState.Held or BatchState.DeadLettered ? StepNames.ReleaseOf(batch.State, batch.Reason) : null);
        var needs = batch.State is BatchState.Released ? StepNeeds.Model : StepNeeds.Delivery;
        if (batch.State is BatchState.Released or BatchState.Replied && queue.Obstacle(message.Conversation!.Value, needs, batch.DueAt) is { } obstacle)
        {
            (state, reason, release) = ("held", obstacle.Reason, obstacle.Release);
        }
        else if (batch.IsHeld)
        {
            (state, release) = ("held", "it is tried again every minute; or POST /held/{batch_id}/release or /drop");
        }

        var reply = batch is { State: BatchState.Answered, Reply: { } text, EndedAt: { } at }
            ? new LastReply(text, at, batch.Name, batch.Messages, batch.Delivery == "recorded")
            : null;
        return new(id, message.Conversation, message.Text, state, reason, release, batch.Name, reply, steps);
    }

    private static List<FateStep> Steps(SqliteSession sql, long batch)
        => sql.Query(
            "SELECT s.name, s.id, b.name, s.attempt, s.detail FROM steps s JOIN batches b ON b.id = s.batch WHERE s.batch = $1 ORDER BY s.id",
            row => new FateStep(row.GetString(0), new MessageId(row.GetInt64(1)).StoredAt, row.GetString(2), row.GetInt32(3), row.TextOrNull(4)),
            batch);

    private static MessageRow Read(Microsoft.Data.Sqlite.SqliteDataReader row) => new(
        (WebhookOutcome)row.GetInt32(0),
        row.NumberOrNull(1),
        row.NumberOrNull(2),
        row.Instant(3),
        row.InstantOrNull(4),
        row.TextOrNull(5) is { } location && row.TextOrNull(6) is { } contact ? new(location, contact) : null,
        new(row.TextOrNull(7) ?? "", row.TextOrNull(8)),
        row.TextOrNull(9),
        row.TextOrNull(10));

    private static BatchRow ReadBatch(Microsoft.Data.Sqlite.SqliteDataReader row) => new(
        row.GetString(0),
        (BatchState)row.GetInt32(1),
        row.TextOrNull(2),
        row.TextOrNull(3),
        row.TextOrNull(4),
        row.InstantOrNull(5),
        Columns.ReadIds(row.GetString(6)).Count,
        row.Instant(9),
        row.GetInt64(10) != 0);

    private sealed record MessageRow(
        WebhookOutcome Outcome, long? Batch, long? Origin, DateTimeOffset ReceivedAt, DateTimeOffset? ReopenedAt, ConversationId? Conversation, Lane Lane, string? Reason,
        string? Text);

    private sealed record BatchRow(
        string Name, BatchState State, string? Reason, string? Reply, string? Delivery, DateTimeOffset? EndedAt, int Messages, DateTimeOffset DueAt, bool IsHeld);
}
