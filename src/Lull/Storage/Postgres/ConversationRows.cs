using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Both sides of a conversation: from its batches, newest first, until there is enough; then what is still open.</summary>
internal static class ConversationRows
{
    private const string SelectBatches = "SELECT * FROM lull.said_before($1, $2, $3, $4, $5)";

    /// <summary>The latest messages of both sides before a batch, oldest first.</summary>
    public static async Task<List<HistoryEntry>> HistoryAsync(PostgresSession sql, BatchTicket before, ConversationId id, int limit)
        => [.. (await SaidAsync(sql, id, before.Batch, limit)).Select(entry => new HistoryEntry(entry.FromContact, entry.Text, entry.At))];

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

    // Each page may be in a snapshot of its own: what a batch has taken stays with it.
    private static async Task<List<ConversationEntry>> SaidAsync(PostgresSession sql, ConversationId id, long before, int limit)
    {
        List<List<ConversationEntry>> newestFirst = [];
        var (count, isMore) = (0, true);
        while (count < limit && isMore)
        {
            var page = await sql.QueryAsync(SelectBatches, Read, id.Hash, id.Location, id.Contact, before, SaidBatch.Page);
            foreach (var (batch, messages) in page.Where(said => said.Batch.State is not BatchState.Reopened))
            {
                if (count >= limit)
                {
                    break;
                }

                newestFirst.Add(batch.Entries(messages));
                count += newestFirst[^1].Count;
            }

            isMore = page.Count == SaidBatch.Page;
            before = isMore ? page[^1].Batch.Id : 0;
        }

        newestFirst.Reverse();
        return [.. newestFirst.SelectMany(entries => entries).TakeLast(limit)];
    }

    private static (SaidBatch Batch, IReadOnlyList<BurstMessage> Messages) Read(NpgsqlDataReader row)
    {
        var messages = BurstMessageRows.FromArrays(row, 6);
        var batch = new SaidBatch(
            row.GetInt64(0),
            row.GetString(1),
            (BatchState)row.GetInt16(2),
            row.TextOrNull(3),
            row.TextOrNull(4),
            row.InstantOrNull(5),
            [.. messages.Select(message => message.Id.Value)]);
        return (batch, messages);
    }
}
