using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Both sides of a conversation: from its batches, newest first, until there is enough; then what is still open.</summary>
internal static class ConversationRows
{
    private const string SelectBatches = """
        SELECT id, name, state, reason, reply, ended_at, message_ids FROM lull.batches
        WHERE conversation = $1 AND location = $2 AND contact = $3 AND id < $4 ORDER BY id DESC LIMIT $5
        """;

    /// <summary>The latest messages of both sides before a batch, oldest first.</summary>
    public static async Task<List<HistoryEntry>> HistoryAsync(PostgresSession sql, BatchTicket before, ConversationId id, int limit)
        => limit == 0 ? [] : [.. (await SaidAsync(sql, id, before.Batch, limit)).Select(entry => new HistoryEntry(entry.FromContact, entry.Text, entry.At))];

    public static async Task<ConversationView> ViewAsync(PostgresSession sql, ConversationId id, BurstWindow window, int limit, DateTimeOffset now)
    {
        var contact = await sql.FirstAsync(
            "SELECT profile, first_seen FROM lull.contacts WHERE contact = $1 AND location = $2",
            row => (Profile: Columns.ReadProfile(row.TextOrNull(0)), FirstSeen: row.InstantOrNull(1)),
            id.Contact,
            id.Location);
        var silences = await SilenceRows.InForceAsync(sql, id, now);
        List<ConversationEntry> entries = [.. await SaidAsync(sql, id, long.MaxValue, limit), .. await OpenAsync(sql, id, window, now)];
        return new(id, contact.Profile ?? new(), contact.FirstSeen, silences, [.. entries.TakeLast(limit)]);
    }

    private static async Task<IEnumerable<ConversationEntry>> OpenAsync(PostgresSession sql, ConversationId id, BurstWindow window, DateTimeOffset now)
    {
        if (await OpenConversationRows.FindAsync(sql, id, now) is not { Messages.Count: > 0 } open)
        {
            return [];
        }

        var obstacles = await FaultRows.ObstaclesAsync(sql, now);
        var lanes = open.Messages.ToDictionary(message => message.Id, message => message.Lane);
        var messages = await BurstMessageRows.ReadAsync(sql, lanes.Keys);
        return messages.Select(message => SaidBatch.Open(message, obstacles.StandingOf(open, lanes[message.Id.Value], window)));
    }

    private static async Task<List<ConversationEntry>> SaidAsync(PostgresSession sql, ConversationId id, long before, int limit)
    {
        List<List<ConversationEntry>> newestFirst = [];
        var (count, isMore) = (0, true);
        while (count < limit && isMore)
        {
            var page = await sql.QueryAsync(SelectBatches, Read, id.Hash, id.Location, id.Contact, before, SaidBatch.Page);
            List<SaidBatch> said = [.. page.Where(batch => batch.State is not BatchState.Reopened)];
            var messages = await BurstMessageRows.ReadGroupsAsync(sql, [.. said.Select(batch => batch.MessageIds)]);
            for (var n = 0; n < said.Count && count < limit; n++)
            {
                newestFirst.Add(said[n].Entries(messages[n]));
                count += newestFirst[^1].Count;
            }

            isMore = page.Count == SaidBatch.Page;
            before = isMore ? page[^1].Id : 0;
        }

        newestFirst.Reverse();
        return [.. newestFirst.SelectMany(entries => entries).TakeLast(limit)];
    }

    private static SaidBatch Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        (BatchState)row.GetInt16(2),
        row.TextOrNull(3),
        row.TextOrNull(4),
        row.InstantOrNull(5),
        row.GetFieldValue<long[]>(6));
}
