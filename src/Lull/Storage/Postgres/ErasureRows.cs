namespace Lull.Storage.Postgres;

/// <summary>Erasing a contact.</summary>
internal static class ErasureRows
{
    // Everything of a contact is in one of its batches, open, or no message to answer: each is found by an index.
    private const string DeleteMessages = """
        DELETE FROM lull.messages WHERE location = $2 AND contact = $3 AND id IN (
            SELECT unnest(message_ids) FROM lull.batches WHERE conversation = $1 AND location = $2 AND contact = $3
            UNION ALL SELECT id FROM lull.messages WHERE conversation = $1 AND batch IS NULL AND outcome = 1
            UNION ALL SELECT id FROM lull.messages WHERE conversation = $1 AND outcome <> 1)
        """;

    private const string OfBatches = "WHERE batch IN (SELECT id FROM lull.batches WHERE conversation = $1 AND location = $2 AND contact = $3)";

    /// <summary>Erases in one transaction, under the conversation's lock: a step in flight finds its batch gone. Keyed hashes stay.</summary>
    /// <returns>How many messages were erased.</returns>
    public static async Task<int> EraseAsync(PostgresSession sql, ConversationId id)
    {
        await sql.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", id.Hash);
        var erased = await sql.ExecuteAsync(DeleteMessages, id.Hash, id.Location, id.Contact);
        await sql.ExecuteAsync("DELETE FROM lull.steps " + OfBatches, id.Hash, id.Location, id.Contact);
        await sql.ExecuteAsync("DELETE FROM lull.deliveries " + OfBatches, id.Hash, id.Location, id.Contact);
        await sql.ExecuteAsync("DELETE FROM lull.batches WHERE conversation = $1 AND location = $2 AND contact = $3", id.Hash, id.Location, id.Contact);
        await sql.ExecuteAsync("DELETE FROM lull.contacts WHERE contact = $1 AND location = $2", id.Contact, id.Location);
        await sql.ExecuteAsync("DELETE FROM lull.forces WHERE contact = $1 AND location = $2", id.Contact, id.Location);
        await sql.ExecuteAsync("DELETE FROM lull.silences WHERE contact = $1 AND location = $2", id.Contact, id.Location);
        return erased;
    }
}
