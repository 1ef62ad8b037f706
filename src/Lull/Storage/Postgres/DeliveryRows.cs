namespace Lull.Storage.Postgres;

/// <summary>One delivery record per reply: the intent before the send (<c>lull.intend</c>), and what became of it; the usual end is <c>lull.delivered</c>.</summary>
internal static class DeliveryRows
{
    public const string NotSent = "UPDATE lull.deliveries SET state = 'not_sent', ended_at = $2 WHERE batch = $1";

    public const string Unknown = "UPDATE lull.deliveries SET state = 'unknown', ended_at = $2, not_there = $3, unreadable_since = $4 WHERE batch = $1";

    /// <summary>The batch ends without an answer: the record must not go on saying that a send is under way.</summary>
    public const string Ended = "UPDATE lull.deliveries SET state = $2, ended_at = COALESCE(ended_at, $3) WHERE batch = $1 AND state IN ('sending', 'unknown')";
}
