using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>What an operator gives back to what is open, drops, or has interpreted again. Whoever changes something holds the conversation's lock.</summary>
internal static class ReopenRows
{
    private const string Reinterpret = """
        UPDATE lull.messages SET outcome = $2, said_at = $3::bigint, location = $4::text, contact = $5::text, channel = $6::text, address = $7::text,
               external_id = $8::text, dialect = $9, type = $10::text, reason = $11::text, error = $12::text, text = $13::text, attachments = $14::text,
               profile = $15::text, reopened_at = $16, conversation = $17::bigint
        WHERE id = $1
        """;

    /// <summary>The batch of that name, whatever its state, or null.</summary>
    public static Task<NamedBatch?> FindAsync(PostgresSession sql, string name) => FindBatchAsync(sql, "name = $1", name);

    public static Task<NamedBatch?> FindAsync(PostgresSession sql, long id) => FindBatchAsync(sql, "id = $1", id);

    /// <summary>What a replay must know of a stored webhook, or null.</summary>
    public static Task<ReplayedRow?> FindMessageAsync(PostgresSession sql, MessageId id)
        => sql.FirstAsync(
            "SELECT outcome, batch, duplicate_of, location, contact FROM lull.messages WHERE id = $1",
            row => new ReplayedRow(
                (WebhookOutcome)row.GetInt16(0),
                row.NumberOrNull(1),
                row.NumberOrNull(2) is { } first ? new(first) : null,
                row.TextOrNull(3) is { } location && row.TextOrNull(4) is { } contact ? new(location, contact) : null),
            id.Value);

    /// <summary>Gives a held or dead-lettered batch's messages back, due at once; the batch keeps its row.</summary>
    public static async Task ReopenAsync(PostgresSession sql, NamedBatch batch, DateTimeOffset now)
    {
        await GiveBackAsync(sql, batch, batch.MessageIds, now);
        await FinishAsync(sql, batch, BatchState.Reopened, "given back by the operator", now);
    }

    /// <summary>held → suppressed.</summary>
    public static Task DropAsync(PostgresSession sql, NamedBatch batch, DateTimeOffset now)
        => FinishAsync(sql, batch, BatchState.Suppressed, "dropped by the operator", now);

    /// <summary>Gives some of an ended batch's messages back to what is open.</summary>
    public static Task<int> GiveBackAsync(PostgresSession sql, NamedBatch batch, long[] messages, DateTimeOffset now)
        => sql.ExecuteAsync(
            "UPDATE lull.messages SET batch = NULL, origin = $2, reopened_at = $3 WHERE id = ANY($1) AND batch = $2", messages, batch.Id, now.ToColumn());

    /// <summary>What was understood anew takes the place of what was understood at first, under the same id.</summary>
    public static Task<int> ReinterpretAsync(PostgresSession sql, MessageId id, WebhookArrival arrival, DateTimeOffset now)
    {
        var message = arrival.Message;
        return sql.ExecuteAsync(
            Reinterpret,
            id.Value, (short)arrival.Outcome, message?.SaidAt.ToColumn(), arrival.Conversation?.Location, arrival.Conversation?.Contact, message?.Lane.Channel,
            message?.Lane.Address, message?.ExternalId, arrival.Dialect, arrival.Type, arrival.Reason, arrival.Error, message?.Text,
            message is null ? null : Columns.Write(message.Attachments), Columns.Write(arrival.Profile), now.ToColumn(), arrival.Conversation?.Hash);
    }

    private static async Task FinishAsync(PostgresSession sql, NamedBatch batch, BatchState state, string reason, DateTimeOffset now)
    {
        await sql.ExecuteAsync("UPDATE lull.batches SET state = $2, reason = $3 WHERE id = $1", batch.Id, (short)state, reason);
        await sql.ExecuteAsync(
            "INSERT INTO lull.steps (batch, id, name, attempt, detail) VALUES ($1, lull.next_id($2), $3, $4, $5)",
            batch.Id,
            now.ToColumn(),
            StepNames.Of(state),
            batch.Attempt,
            reason);
    }

    private static Task<NamedBatch?> FindBatchAsync(PostgresSession sql, string which, object key)
        => sql.FirstAsync($"SELECT id, name, location, contact, state, attempt, message_ids FROM lull.batches WHERE {which}", Read, key);

    private static NamedBatch Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        new(row.GetString(2), row.GetString(3)),
        (BatchState)row.GetInt16(4),
        row.GetInt32(5),
        row.GetFieldValue<long[]>(6));
}

/// <summary>A batch as far as giving it back goes.</summary>
internal sealed record NamedBatch(long Id, string Name, ConversationId Conversation, BatchState State, int Attempt, long[] MessageIds);

/// <summary>A stored webhook as far as a replay goes.</summary>
internal sealed record ReplayedRow(WebhookOutcome Outcome, long? Batch, MessageId? DuplicateOf, ConversationId? Conversation);
