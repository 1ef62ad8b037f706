using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>Deletes what is older than is to be kept, a little at a time and by an index each; two nodes at once take different rows.</summary>
internal static class PruneRows
{
    private const string DeleteSeen = """
        DELETE FROM lull.seen WHERE (bucket, hash) IN (SELECT bucket, hash FROM lull.seen WHERE bucket < $1 ORDER BY bucket, hash LIMIT $2 FOR UPDATE SKIP LOCKED)
        """;

    private const string DeleteEvents = """
        DELETE FROM lull.messages
        WHERE id IN (SELECT id FROM lull.messages WHERE outcome <> 1 AND id < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) AND outcome <> 1
        """;

    private const string SelectBatches = """
        SELECT id, message_ids FROM lull.batches WHERE state IN (10, 11, 14) AND ended_at < $1 AND first_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
        """;

    /// <param name="now">The database's clock: what the windows of duplicates are counted from.</param>
    /// <returns>How many rows were deleted, a batch with its messages being one; less than the limit = done.</returns>
    public static async Task<int> PruneAsync(
        PostgresSession sql, DateTimeOffset? messagesBefore, DateTimeOffset? journalBefore, int limit, DateTimeOffset now)
    {
        var pruned = await sql.ExecuteAsync(DeleteSeen, SeenBuckets.OldestAt(now), limit);
        if (journalBefore is { } journal && pruned < limit)
        {
            pruned += await sql.ExecuteAsync(DeleteEvents, MessageId.FirstOf(journal).Value, limit - pruned);
        }

        return messagesBefore is { } before && pruned < limit ? pruned + await PruneBatchesAsync(sql, before, limit - pruned) : pruned;
    }

    private static async Task<int> PruneBatchesAsync(PostgresSession sql, DateTimeOffset before, int limit)
    {
        var old = await sql.QueryAsync(SelectBatches, row => (Id: row.GetInt64(0), Messages: row.GetFieldValue<long[]>(1)), before.ToColumn(), limit);
        if (old.Count > 0)
        {
            long[] batches = [.. old.Select(batch => batch.Id)];
            await sql.ExecuteAsync("DELETE FROM lull.messages WHERE id = ANY($1) AND batch = ANY($2)", old.SelectMany(batch => batch.Messages).ToArray(), batches);
            await sql.ExecuteAsync("DELETE FROM lull.steps WHERE batch = ANY($1)", batches);
            await sql.ExecuteAsync("DELETE FROM lull.deliveries WHERE batch = ANY($1)", batches);
            await sql.ExecuteAsync("DELETE FROM lull.batches WHERE id = ANY($1)", batches);
        }

        return old.Count;
    }
}
