using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>Erasing a contact, and pruning what is older than is to be kept.</summary>
internal static class ErasureStatements
{
    /// <summary>Rows of the contact up to the newest: found on a reader, so that the long scan holds up no webhook.</summary>
    public static List<long> FindRows(SqliteSession sql, ConversationId id, long after)
        => sql.Query("SELECT id FROM messages WHERE id > $3 AND contact = $2 AND location = $1", row => row.GetInt64(0), id.Location, id.Contact, after);

    /// <summary>Erases the rows found, and what came since, in one step. Keyed hashes stay.</summary>
    public static int Erase(WriteContext context, ConversationId id, List<long> found, long scannedTo)
    {
        List<long> rows = [.. found, .. FindRows(context.Sql, id, scannedTo)];
        var batches = context.Sql.Query(
            "SELECT id FROM batches WHERE conversation = $1 AND location = $2 AND contact = $3", row => row.GetInt64(0), id.Hash, id.Location, id.Contact);
        SeenStatements.KeepOf(context, rows);
        var copies = context.Sql.Execute("DELETE FROM messages WHERE id IN (SELECT value FROM json_each($1))", Columns.Write(rows));
        foreach (var table in (string[])["steps", "deliveries"])
        {
            context.Sql.Execute($"DELETE FROM {table} WHERE batch IN (SELECT value FROM json_each($1))", Columns.Write(batches));
        }

        context.Sql.Execute("DELETE FROM batches WHERE id IN (SELECT value FROM json_each($1))", Columns.Write(batches));
        foreach (var table in (string[])["contacts", "forces", "silences"])
        {
            context.Sql.Execute($"DELETE FROM {table} WHERE contact = $1 AND location = $2", id.Contact, id.Location);
        }

        context.Open.Erase(id);
        return copies;
    }

    public static int Prune(WriteContext context, DateTimeOffset? messagesBefore, DateTimeOffset? journalBefore, int limit)
    {
        var pruned = SeenStatements.Prune(context);
        if (journalBefore is { } journal && pruned < limit)
        {
            var events = context.Sql.Query(
                "SELECT id FROM messages INDEXED BY messages_events WHERE outcome <> 1 AND id < $1 ORDER BY id LIMIT $2",
                row => row.GetInt64(0),
                MessageId.FirstOf(journal).Value,
                limit - pruned);
            SeenStatements.KeepOf(context, events);
            pruned += context.Sql.Execute("DELETE FROM messages WHERE id IN (SELECT value FROM json_each($1))", Columns.Write(events));
        }

        if (messagesBefore is { } before && pruned < limit)
        {
            pruned += PruneBatches(context, before, limit - pruned);
        }

        return pruned;
    }

    private static int PruneBatches(WriteContext context, DateTimeOffset before, int limit)
    {
        var old = context.Sql.Query(
            "SELECT id, message_ids FROM batches WHERE first_at < $1 AND ended_at < $1 AND state IN (10, 11, 14) ORDER BY id LIMIT $2",
            row => (Id: row.GetInt64(0), Messages: Columns.ReadIds(row.GetString(1))),
            before.ToColumn(),
            limit);
        foreach (var (batch, messages) in old)
        {
            context.Sql.Execute("DELETE FROM messages WHERE batch = $2 AND id IN (SELECT value FROM json_each($1))", Columns.Write(messages), batch);
            context.Sql.Execute("DELETE FROM steps WHERE batch = $1", batch);
            context.Sql.Execute("DELETE FROM deliveries WHERE batch = $1", batch);
            context.Sql.Execute("DELETE FROM batches WHERE id = $1", batch);
        }

        return old.Count;
    }
}
