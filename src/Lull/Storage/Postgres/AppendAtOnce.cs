using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>A group of which nothing was seen before, stored by one statement (<c>lull.append_new</c>): the database is asked once in place of four times.</summary>
internal static class AppendAtOnce
{
    private static readonly string Append = $"SELECT * FROM lull.append_new({string.Join(", ", Enumerable.Range(1, 24).Select(number => $"${number}"))})";

    /// <summary>True when no two of the group are copies of each other, and it brings nothing that must be merged.</summary>
    public static bool Fits(IReadOnlyList<AppendOperation> operations)
    {
        HashSet<Guid> hashes = [];
        return operations.All(operation => !operation.BringsProfile && operation.Hashes!.All(hashes.Add));
    }

    /// <returns>The ids in the operations' order, and the conversations that have a step under way; null when nothing was stored, because something of it may have been seen before.</returns>
    public static async Task<(long[] Ids, IEnumerable<ConversationId> InFlight)?> StoreAsync(PostgresSession sql, IReadOnlyList<AppendOperation> operations, PostgresClock clock)
    {
        var rows = new WebhookRows(operations.Count);
        foreach (var operation in operations)
        {
            rows.Add(default, operation.Arrival, operation.Arrival.Outcome, default, duplicateOf: null);
        }

        // A row may have several keys, or none.
        var keys = operations.Index().SelectMany(row => row.Item.Hashes!.Select(hash => (Hash: hash, Row: row.Index + 1))).OrderBy(key => key.Hash).ToList();
        long[] conversations =
            [.. operations.Where(operation => operation.Arrival.Outcome is WebhookOutcome.Batched).Select(operation => operation.Arrival.Conversation!.Value.Hash).Distinct()];
        return await sql.FirstAsync<(long[], IEnumerable<ConversationId>)?>(
            Append,
            row => row.IsDBNull(0) ? null : (row.GetFieldValue<long[]>(0), [.. row.Conversations(1)]),
            [
                SeenRows.BucketsAround(clock.Now), keys.Select(key => key.Hash).ToArray(), keys.Select(key => key.Row).ToArray(),
                (long)DuplicateKey.IdWindow.TotalMilliseconds, (long)SeenRows.Border.TotalMilliseconds, clock.Told, conversations, .. rows.NewColumns,
            ]);
    }
}
