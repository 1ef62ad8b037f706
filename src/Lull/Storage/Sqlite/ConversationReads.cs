using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>Both sides of a conversation: from its batches, newest first, until there is enough; then what is still open.</summary>
internal sealed class ConversationReads(OpenSet open, StoreClock clock, QueueReads queue)
{
    private const string SelectBatches = """
        SELECT b.name, b.state, b.reason, b.reply, b.ended_at, b.message_ids, b.id FROM batches b
        WHERE b.conversation = $1 AND b.location = $2 AND b.contact = $3 AND b.id < $4 ORDER BY b.id DESC LIMIT $5
        """;

    /// <summary>The latest messages of both sides before a batch, oldest first.</summary>
    public static List<HistoryEntry> History(SqliteSession sql, long before, ConversationId id, int limit)
        => [.. Said(sql, id, before, limit).Select(entry => new HistoryEntry(entry.FromContact, entry.Text, entry.At))];

    public ConversationView View(SqliteSession sql, ConversationId id, BurstWindow window, int limit)
    {
        var contact = sql.First(
            "SELECT profile, first_seen FROM contacts WHERE contact = $1 AND location = $2",
            row => new Contact(Columns.ReadProfile(row.TextOrNull(0)), row.Instant(1)),
            id.Contact,
            id.Location);
        List<ConversationEntry> entries = [.. Said(sql, id, long.MaxValue, limit), .. OpenEntries(sql, id, window)];
        return new(id, contact?.Profile ?? new(), contact?.FirstSeen, SilenceStatements.InForce(sql, id, clock.Now), [.. entries.TakeLast(limit)]);
    }

    private IEnumerable<ConversationEntry> OpenEntries(SqliteSession sql, ConversationId id, BurstWindow window)
    {
        List<OpenMessage> messages;
        lock (open.Gate)
        {
            messages = open.Find(id) is { } conversation ? [.. conversation.Messages] : [];
        }

        var lanes = messages.ToDictionary(message => message.Id, message => message.Lane);
        foreach (var message in BatchRows.Messages(sql, [.. messages.Select(message => message.Id)]))
        {
            yield return SaidBatch.Open(message, queue.StandingOf(id, lanes[message.Id.Value], window));
        }
    }

    private static List<ConversationEntry> Said(SqliteSession sql, ConversationId id, long before, int limit)
    {
        List<List<ConversationEntry>> newestFirst = [];
        var count = 0;
        while (count < limit)
        {
            var page = sql.Query(SelectBatches, Read, id.Hash, id.Location, id.Contact, before, (long)SaidBatch.Page);
            foreach (var batch in page.Where(batch => batch.State is not BatchState.Reopened))
            {
                var entries = batch.Entries(BatchRows.Messages(sql, [.. batch.MessageIds]));
                newestFirst.Add(entries);
                if ((count += entries.Count) >= limit)
                {
                    break;
                }
            }

            if (page.Count < SaidBatch.Page)
            {
                break;
            }

            before = page[^1].Id;
        }

        newestFirst.Reverse();
        return [.. newestFirst.SelectMany(entries => entries).TakeLast(limit)];
    }

    private static SaidBatch Read(Microsoft.Data.Sqlite.SqliteDataReader row) => new(
        row.GetInt64(6), row.GetString(0), (BatchState)row.GetInt32(1), row.TextOrNull(2), row.TextOrNull(3), row.InstantOrNull(4), Columns.ReadIds(row.GetString(5)));

    private sealed record Contact(ContactProfile? Profile, DateTimeOffset FirstSeen);
}
