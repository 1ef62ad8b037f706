using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>One delivery record per reply: the intent before the send, and what became of it.</summary>
internal static class DeliveryStatements
{
    private const string Insert = """
        INSERT INTO deliveries (batch, part, state, location, intent_at) VALUES ($1, 1, $2, $3, $4)
        ON CONFLICT (batch, part) DO UPDATE SET state = excluded.state, intent_at = excluded.intent_at, ended_at = NULL, not_there = 0, unreadable_since = NULL
        """;

    public static SendIntent Intend(WriteContext context, OpenBatch batch)
    {
        var now = context.Now;
        context.Sql.Execute(Insert, batch.Id, "sending", batch.Conversation.Location, now.ToColumn());
        return new(now, null, 0, null);
    }

    public static void Recorded(WriteContext context, OpenBatch batch)
    {
        context.Sql.Execute(Insert, batch.Id, "recorded", batch.Conversation.Location, context.Now.ToColumn());
        Replied(context, batch);
    }

    public static void Delivered(WriteContext context, OpenBatch batch, string? externalId)
    {
        context.Sql.Execute(
            "UPDATE deliveries SET state = 'delivered', external_id = $2, ended_at = COALESCE(ended_at, $3) WHERE batch = $1",
            batch.Id,
            externalId,
            context.Now.ToColumn());
        Replied(context, batch);
    }

    public static void NotSent(WriteContext context, OpenBatch batch)
        => context.Sql.Execute("UPDATE deliveries SET state = 'not_sent', ended_at = $2 WHERE batch = $1", batch.Id, context.Now.ToColumn());

    public static void Unknown(WriteContext context, OpenBatch batch, SendIntent intent)
        => context.Sql.Execute(
            "UPDATE deliveries SET state = 'unknown', ended_at = $2, not_there = $3, unreadable_since = $4 WHERE batch = $1",
            batch.Id,
            intent.EndedAt.ToColumn(),
            intent.NotThere,
            intent.UnreadableSince.ToColumn());

    /// <summary>The batch ends without an answer: the record must not go on saying that a send is under way.</summary>
    public static void Ended(WriteContext context, OpenBatch batch, BatchState state)
        => context.Sql.Execute(
            "UPDATE deliveries SET state = $2, ended_at = COALESCE(ended_at, $3) WHERE batch = $1 AND state IN ('sending', 'unknown')",
            batch.Id,
            state is BatchState.Held ? "unknown" : "refused",
            context.Now.ToColumn());

    /// <summary>True when the vendor's id is recorded for another reply.</summary>
    public static bool IsTaken(SqliteSession sql, string location, string externalId, long batch)
        => sql.Number("SELECT batch FROM deliveries WHERE location = $1 AND external_id = $2", location, externalId) is { } holder && holder != batch;

    private static void Replied(WriteContext context, OpenBatch batch)
        => context.Sql.Execute(
            "UPDATE contacts SET last_reply_at = $3 WHERE contact = $1 AND location = $2",
            batch.Conversation.Contact,
            batch.Conversation.Location,
            context.Now.ToColumn());
}
