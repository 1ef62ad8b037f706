using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>The rows of batches and of their messages.</summary>
internal static class BatchRows
{
    private const string InsertBatch = """
        INSERT INTO batches (name, conversation, location, contact, channel, address, state, first_at, last_at, due_at, message_ids)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
        """;

    private const string UpdateBatch = """
        UPDATE batches SET state = $2, attempt = $3, restarts = $4, failures = $5, lost = $6, first_at = $7, last_at = $8, due_at = $9, retry_at = $10,
               retry_until = $11, fault = $12, reason = $13, message_ids = $14, running = $15, ended_at = $16
        WHERE id = $1
        """;

    private const string SelectMessages = """
        SELECT id, text, received_at, said_at, attachments FROM messages WHERE id IN (SELECT value FROM json_each($1))
        ORDER BY COALESCE(said_at, received_at), id
        """;

    private const string SelectProfiles = """
        SELECT profile FROM messages WHERE id IN (SELECT value FROM json_each($1)) AND profile IS NOT NULL ORDER BY id
        """;

    public static long Insert(WriteContext context, string name, ConversationId id, OpenBurst burst)
        => context.Sql.Number(
            InsertBatch,
            name,
            id.Hash,
            id.Location,
            id.Contact,
            burst.Lane.Channel,
            burst.Lane.Address,
            (long)BatchState.Claimed,
            burst.FirstAt.ToColumn(),
            burst.LastAt.ToColumn(),
            burst.StaleFrom.ToColumn(),
            Columns.Write(burst.Messages.Select(message => message.Id).ToList()))!.Value;

    /// <summary>Writes everything of a batch that can change.</summary>
    public static void Save(WriteContext context, OpenBatch batch, DateTimeOffset? endedAt = null)
        => context.Sql.Execute(
            UpdateBatch,
            batch.Id,
            (long)batch.State,
            batch.Attempt,
            batch.Restarts,
            batch.Failures,
            batch.Lost,
            batch.FirstAt.ToColumn(),
            batch.LastAt.ToColumn(),
            batch.DueAt.ToColumn(),
            batch.RetryAt.ToColumn(),
            batch.RetryUntil.ToColumn(),
            batch.Fault,
            batch.Reason,
            Columns.Write(batch.MessageIds),
            batch.IsRunning ? 1L : 0L,
            endedAt.ToColumn());

    public static void AssignMessages(WriteContext context, long batch, List<long> ids)
        => context.Sql.Execute("UPDATE messages SET batch = $1 WHERE id IN (SELECT value FROM json_each($2))", batch, Columns.Write(ids));

    /// <summary>The messages in the order they were said.</summary>
    public static List<BurstMessage> Messages(SqliteSession sql, List<long> ids)
        => sql.Query(
            SelectMessages,
            row => new BurstMessage(
                new(row.GetInt64(0)), row.TextOrNull(1) ?? "", row.Instant(2), row.InstantOrNull(3), Columns.ReadList(row.TextOrNull(4))),
            Columns.Write(ids));

    public static ContactProfile MergeProfiles(WriteContext context, OpenBatch batch)
        => AppendStatements.MergeContact(
            context,
            batch.Conversation,
            context.Sql.Query(SelectProfiles, row => Columns.ReadProfile(row.GetString(0)), Columns.Write(batch.MessageIds)),
            batch.FirstAt);

    public static bool IsNameTaken(SqliteSession sql, string name) => sql.Scalar("SELECT 1 FROM batches WHERE name = $1", name) is not null;

    public static Reply? Reply(SqliteSession sql, long batch)
        => sql.First(
            "SELECT reply, model, rehearsal, tokens_in, tokens_out FROM batches WHERE id = $1 AND reply IS NOT NULL",
            row => new Reply(row.GetString(0), row.TextOrNull(1) ?? "", row.GetInt64(2) != 0, new(row.GetInt64(3), row.GetInt64(4))),
            batch);

    public static SendIntent? Intent(SqliteSession sql, long batch)
        => sql.First(
            "SELECT intent_at, ended_at, not_there, unreadable_since FROM deliveries WHERE batch = $1 AND part = 1",
            row => new SendIntent(row.Instant(0), row.InstantOrNull(1), row.GetInt32(2), row.InstantOrNull(3)),
            batch);
}
