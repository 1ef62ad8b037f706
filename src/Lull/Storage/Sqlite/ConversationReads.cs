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
            var (state, reason, _) = queue.StateOf(id, lanes[message.Id.Value], window);
            yield return new(true, message.Id.ToString(), message.Text, message.SaidAt ?? message.ReceivedAt, state, reason, null);
        }
    }

    private static List<ConversationEntry> Said(SqliteSession sql, ConversationId id, long before, int limit)
    {
        List<List<ConversationEntry>> newestFirst = [];
        var count = 0;
        while (count < limit)
        {
            var page = sql.Query(SelectBatches, Read, id.Hash, id.Location, id.Contact, before, 20L);
            foreach (var batch in page.Where(batch => batch.State is not BatchState.Reopened))
            {
                var entries = Entries(sql, batch);
                newestFirst.Add(entries);
                if ((count += entries.Count) >= limit)
                {
                    break;
                }
            }

            if (page.Count < 20)
            {
                break;
            }

            before = page[^1].Id;
        }

        newestFirst.Reverse();
        return [.. newestFirst.SelectMany(entries => entries).TakeLast(limit)];
    }

    private static List<ConversationEntry> Entries(SqliteSession sql, BatchRow batch)
    {
        var fate = StepNames.FateOf(batch.State);
        List<ConversationEntry> entries =
        [
            .. BatchRows.Messages(sql, batch.MessageIds).Select(message => new ConversationEntry(
                true, message.Id.ToString(), message.Text, message.SaidAt ?? message.ReceivedAt, fate, batch.Reason, batch.Name)),
        ];
        if (batch is { State: BatchState.Answered, Reply: { } reply, EndedAt: { } at })
        {
            entries.Add(new(false, batch.Name, reply, at, "delivered", null, batch.Name));
        }

        return entries;
    }

    private static BatchRow Read(Microsoft.Data.Sqlite.SqliteDataReader row) => new(
        row.GetInt64(6), row.GetString(0), (BatchState)row.GetInt32(1), row.TextOrNull(2), row.TextOrNull(3), row.InstantOrNull(4), Columns.ReadIds(row.GetString(5)));

    private sealed record BatchRow(long Id, string Name, BatchState State, string? Reason, string? Reply, DateTimeOffset? EndedAt, List<long> MessageIds);

    private sealed record Contact(ContactProfile? Profile, DateTimeOffset FirstSeen);
}
