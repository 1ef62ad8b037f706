namespace Lull.Storage.Postgres;

/// <summary>Proves the way to the disk.</summary>
internal static class RoundTrip
{
    /// <summary>Writes a row, reads it back and takes it away again, all in one commit.</summary>
    public static async Task<bool> ProveAsync(PostgresSession sql, WebhookArrival arrival, DateTimeOffset now)
    {
        var id = new MessageId((await sql.NumberAsync("SELECT lull.next_id($1)", now.ToUnixTimeMilliseconds()))!.Value);
        var rows = new WebhookRows(1);
        rows.Add(id, arrival, WebhookOutcome.Recorded, now, duplicateOf: null);
        await using var batch = sql.Batch();
        batch.BatchCommands.Add(sql.BatchCommand(AppendGroup.Append, [Array.Empty<long>(), now.ToUnixTimeMilliseconds(), .. new SeenWrites([], []).Columns, .. rows.Columns]));
        batch.BatchCommands.Add(sql.BatchCommand("DELETE FROM lull.messages WHERE id = $1", id.Value));
        await batch.ExecuteNonQueryAsync(sql.Cancellation);
        return batch.BatchCommands[1].RecordsAffected == 1
            ? true
            : throw new StoreUnavailableException("What was written could not be read back.");
    }
}
