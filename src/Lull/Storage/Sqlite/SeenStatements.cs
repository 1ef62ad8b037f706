namespace Lull.Storage.Sqlite;

/// <summary>What was seen before: keyed hashes in buckets of a week, so that seven days are always in the newest two.</summary>
internal static class SeenStatements
{
    private static readonly TimeSpan Bucket = TimeSpan.FromDays(7);

    /// <summary>The first message with one of the arrival's keys, within the key's window.</summary>
    public static MessageId? Find(WriteContext context, WebhookArrival arrival, DateTimeOffset now)
    {
        foreach (var key in arrival.DuplicateKeys)
        {
            if (Find(context.Sql, context.Hash(key.Text), now, key.Window) is { } seen
                && !(key.EndsWithReply && arrival.Conversation is { } conversation && RepliedSince(context, conversation, seen.At)))
            {
                return seen.Message;
            }
        }

        return null;
    }

    public static SeenMessage? Find(SqliteSession sql, byte[] hash, DateTimeOffset now, TimeSpan window)
    {
        for (var bucket = BucketOf(now); bucket >= BucketOf(now - window); bucket--)
        {
            var seen = sql.First(
                "SELECT message, at FROM seen WHERE bucket = $1 AND hash = $2", row => new SeenMessage(new(row.GetInt64(0)), row.Instant(1)), bucket, hash);
            if (seen is not null && seen.At > now - window)
            {
                return seen;
            }
        }

        return null;
    }

    public static void Remember(WriteContext context, WebhookArrival arrival, MessageId id, DateTimeOffset now)
    {
        foreach (var key in arrival.DuplicateKeys)
        {
            context.Sql.Execute(
                "INSERT INTO seen (bucket, hash, message, at) VALUES ($1, $2, $3, $4) ON CONFLICT (bucket, hash) DO UPDATE SET message = $3, at = $4",
                BucketOf(now),
                context.Hash(key.Text),
                id.Value,
                now.ToColumn());
        }
    }

    /// <summary>Takes away up to <paramref name="limit"/> hashes that no window reaches any more.</summary>
    public static int Prune(WriteContext context, int limit)
        => context.Sql.Execute(
            "DELETE FROM seen WHERE (bucket, hash) IN (SELECT bucket, hash FROM seen WHERE bucket < $1 LIMIT $2)", BucketOf(context.Now) - 1, limit);

    private static long BucketOf(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds() / (long)Bucket.TotalMilliseconds;

    private static bool RepliedSince(WriteContext context, ConversationId id, DateTimeOffset at)
        => context.Sql.Number("SELECT last_reply_at FROM contacts WHERE contact = $1 AND location = $2", id.Contact, id.Location) is { } replied
           && replied.ToInstant() >= at;
}

/// <summary>The first message that had a key, and when.</summary>
internal sealed record SeenMessage(MessageId Message, DateTimeOffset At);
