namespace Lull.Storage.Postgres;

/// <summary>One delivery record per reply: the intent before the send, and what became of it.</summary>
internal static class DeliveryRows
{
    public const string Insert = """
        INSERT INTO lull.deliveries (batch, part, state, location, intent_at) VALUES ($1, 1, $2, $3, $4)
        ON CONFLICT (batch, part) DO UPDATE SET state = excluded.state, intent_at = excluded.intent_at, ended_at = NULL, not_there = 0, unreadable_since = NULL
        """;

    public const string Delivered = "UPDATE lull.deliveries SET state = 'delivered', external_id = $2, ended_at = COALESCE(ended_at, $3) WHERE batch = $1";

    public const string NotSent = "UPDATE lull.deliveries SET state = 'not_sent', ended_at = $2 WHERE batch = $1";

    public const string Unknown = "UPDATE lull.deliveries SET state = 'unknown', ended_at = $2, not_there = $3, unreadable_since = $4 WHERE batch = $1";

    /// <summary>The batch ends without an answer: the record must not go on saying that a send is under way.</summary>
    public const string Ended = "UPDATE lull.deliveries SET state = $2, ended_at = COALESCE(ended_at, $3) WHERE batch = $1 AND state IN ('sending', 'unknown')";

    public const string Replied = "UPDATE lull.contacts SET last_reply_at = $3 WHERE contact = $1 AND location = $2";
}
