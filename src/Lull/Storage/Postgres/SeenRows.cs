namespace Lull.Storage.Postgres;

/// <summary>What was seen before: keyed hashes in buckets of a week.</summary>
internal static class SeenRows
{
    /// <summary>Far longer than any transaction lives.</summary>
    public static readonly TimeSpan Border = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The buckets in which a key is remembered. Near the border between two it is in both, so that of racing copies on either side of it one meets the other.
    /// </summary>
    public static int[] BucketsOf(DateTimeOffset now)
    {
        var (before, after) = (SeenBuckets.Of(now - Border), SeenBuckets.Of(now + Border));
        return before == after ? [before] : [before, after];
    }

    /// <summary>The message of a key within its window, or null.</summary>
    public static async Task<MessageId?> FindAsync(PostgresSession sql, Guid hash, DateTimeOffset now, TimeSpan window)
        => await sql.NumberAsync("SELECT max(message) FROM lull.seen WHERE bucket = ANY($1) AND hash = $2", BucketsAround(now), hash) is { } message
           && new MessageId(message).StoredAt > now - window
            ? new(message)
            : null;

    /// <summary>Remembers keys whatever was known of them.</summary>
    public static async Task RememberAsync(PostgresSession sql, IReadOnlyList<Guid> hashes, MessageId message, DateTimeOffset now)
    {
        foreach (var bucket in BucketsOf(now))
        {
            await sql.ExecuteAsync(
                """
                INSERT INTO lull.seen (bucket, hash, message) SELECT $1, h, $3 FROM unnest($2::uuid[]) h ORDER BY h
                ON CONFLICT (bucket, hash) DO UPDATE SET message = excluded.message
                """,
                bucket,
                hashes.ToArray(),
                message.Value);
        }
    }

    /// <summary>The buckets in which something can be that is still known.</summary>
    public static int[] BucketsAround(DateTimeOffset now) => [BucketsOf(now)[0] - 1, .. BucketsOf(now)];
}
