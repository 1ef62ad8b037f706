using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>What an operator gives back to what is open, drops, or has interpreted again.</summary>
internal static class ReopenStatements
{
    private const string SelectGivenBack = """
        SELECT id, received_at, channel, address FROM messages WHERE id IN (SELECT value FROM json_each($1)) AND batch = $2 ORDER BY id
        """;

    public static ConversationId? Reopen(WriteContext context, string name, BatchState from)
    {
        if (Ended(context.Sql, name, from) is not { } batch)
        {
            // A batch that waits for a fault to be mended is held too: releasing it is a force.
            return from is BatchState.Held && Waiting(context, name) is { } waiting && LedgerOperations.Force(context, waiting) is not null ? waiting : null;
        }

        GiveBack(context, batch, batch.MessageIds);
        Finish(context, batch, BatchState.Reopened, "given back by the operator");
        return batch.Conversation;
    }

    public static ConversationId? Drop(WriteContext context, string name)
    {
        if (Ended(context.Sql, name, BatchState.Held) is { } batch)
        {
            Finish(context, batch, BatchState.Suppressed, "dropped by the operator");
            return batch.Conversation;
        }

        if (Waiting(context, name) is not { } waiting)
        {
            return null;
        }

        BatchSteps.End(context.Rows, context.Open.Find(waiting)!, BatchState.Suppressed, "dropped by the operator");
        return waiting;
    }

    /// <summary>Interprets a stored webhook again under its id; null when its message is answered, open or in flight.</summary>
    public static Receipt? Replay(WriteContext context, MessageId id, WebhookArrival arrival)
    {
        if (context.Sql.First("SELECT outcome, batch, duplicate_of FROM messages WHERE id = $1", row => new Row(
            (WebhookOutcome)row.GetInt32(0), row.NumberOrNull(1), row.NumberOrNull(2)), id.Value) is not { } row)
        {
            return null;
        }

        return row switch
        {
            { Outcome: WebhookOutcome.Duplicate, DuplicateOf: { } first } => Replay(context, new(first), arrival),
            { Outcome: WebhookOutcome.Batched, Batch: null } => null,
            { Outcome: WebhookOutcome.Batched, Batch: { } batch } => ReplayMessage(context, id, batch),
            _ => Reinterpret(context, id, arrival),
        };
    }

    private static Receipt? ReplayMessage(WriteContext context, MessageId id, long batchId)
    {
        var batch = context.Sql.First(Select + " WHERE id = $1", Read, batchId);
        if (batch is null || batch.State is < BatchState.Answered or BatchState.Answered)
        {
            return null;
        }

        GiveBack(context, batch, [id.Value]);
        return new(WebhookOutcome.Batched, id, null);
    }

    private static Receipt Reinterpret(WriteContext context, MessageId id, WebhookArrival arrival)
    {
        var now = context.Now;
        var hashes = context.Hash(arrival.DuplicateKeys);
        if (SeenStatements.Find(context, arrival, hashes, now) is { } first && first != id)
        {
            return new(WebhookOutcome.Duplicate, first, null);
        }

        var message = arrival.Message;
        context.Sql.Execute(
            """
            UPDATE messages SET outcome = $2, said_at = $3, location = $4, contact = $5, channel = $6, address = $7, external_id = $8, dialect = $9, type = $10,
                   reason = $11, error = $12, text = $13, attachments = $14, profile = $15, reopened_at = $16
            WHERE id = $1
            """,
            id.Value, (long)arrival.Outcome, message?.SaidAt.ToColumn(), arrival.Conversation?.Location, arrival.Conversation?.Contact, message?.Lane.Channel,
            message?.Lane.Address, message?.ExternalId, arrival.Dialect, arrival.Type, arrival.Reason, arrival.Error, message?.Text,
            message is null ? null : Columns.Write(message.Attachments), Columns.Write(arrival.Profile), now.ToColumn());
        SeenStatements.RememberLoose(context, hashes, id);
        if (arrival.Outcome is WebhookOutcome.Batched)
        {
            var received = context.Sql.Number("SELECT received_at FROM messages WHERE id = $1", id.Value)!.Value.ToInstant();
            context.Open.Reopen(message!.Conversation, new(id.Value, received, now, context.Open.Intern(message.Lane.Channel, message.Lane.Address)));
        }

        return new(arrival.Outcome, id, arrival.Reason);
    }

    private static void GiveBack(WriteContext context, EndedRow batch, List<long> ids)
    {
        var now = context.Now;
        var messages = context.Sql.Query(
            SelectGivenBack,
            row => new OpenMessage(row.GetInt64(0), row.Instant(1), now, context.Open.Intern(row.GetString(2), row.TextOrNull(3))),
            Columns.Write(ids),
            batch.Id);
        context.Sql.Execute(
            "UPDATE messages SET batch = NULL, origin = $2, reopened_at = $3 WHERE id IN (SELECT value FROM json_each($1)) AND batch = $2",
            Columns.Write(ids),
            batch.Id,
            now.ToColumn());
        foreach (var message in messages)
        {
            context.Open.Reopen(batch.Conversation, message);
        }
    }

    private static void Finish(WriteContext context, EndedRow batch, BatchState state, string reason)
    {
        context.Sql.Execute("UPDATE batches SET state = $2, reason = $3 WHERE id = $1", batch.Id, (long)state, reason);
        context.Sql.Execute(
            "INSERT INTO steps (batch, id, name, attempt, detail) VALUES ($1, $2, $3, $4, $5)", batch.Id, context.NextId().Value, StepNames.Of(state), batch.Attempt, reason);
    }

    private static EndedRow? Ended(SqliteSession sql, string name, BatchState state) => sql.First(Select + " WHERE name = $1 AND state = $2", Read, name, (long)state);

    private static ConversationId? Waiting(WriteContext context, string name)
        => context.Sql.First(Select + " WHERE name = $1 AND state < 10", Read, name) is { } row
           && context.Open.Find(row.Conversation)?.Batch is { IsRunning: false, State: BatchState.Released or BatchState.Replied }
            ? row.Conversation
            : null;

    private const string Select = "SELECT id, location, contact, state, attempt, message_ids FROM batches";

    private static EndedRow Read(Microsoft.Data.Sqlite.SqliteDataReader row)
        => new(row.GetInt64(0), new(row.GetString(1), row.GetString(2)), (BatchState)row.GetInt32(3), row.GetInt64(4), Columns.ReadIds(row.GetString(5)));

    private sealed record EndedRow(long Id, ConversationId Conversation, BatchState State, long Attempt, List<long> MessageIds);

    private sealed record Row(WebhookOutcome Outcome, long? Batch, long? DuplicateOf);
}
