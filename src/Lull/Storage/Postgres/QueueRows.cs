using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>What waits, replies and delivers, as operators see it.</summary>
internal static class QueueRows
{
    // A conversation's place is its first message that is not finished with: it keeps it while its steps are taken.
    private const string SelectPage = """
        SELECT conversation, min(first) AS position
        FROM (SELECT conversation, message_ids[1] AS first FROM lull.batches WHERE state < 10
              UNION ALL
              SELECT conversation, min(id) FROM lull.messages WHERE batch IS NULL AND outcome = 1 GROUP BY conversation) AS o
        GROUP BY conversation HAVING min(first) > $1 ORDER BY position, conversation LIMIT $2
        """;

    private const string SelectElsewhere = """
        SELECT location, contact FROM lull.batches WHERE state < 10 AND contact = ANY($1)
        UNION
        SELECT location, contact FROM lull.messages WHERE batch IS NULL AND outcome = 1 AND contact = ANY($1)
        """;

    // By the index of what is open alone: it is asked for again and again. Grouped, not joined: how that is done does not hang on how many the planner believes there are.
    private const string CountOpen = """
        SELECT count(*), min(first)
        FROM (SELECT min(first) AS first
              FROM (SELECT conversation, min(id) AS first, false AS claimed FROM lull.messages WHERE batch IS NULL AND outcome = 1 GROUP BY conversation
                    UNION ALL
                    SELECT conversation, NULL, true FROM lull.batches WHERE state < 10) AS each_one
              GROUP BY conversation HAVING NOT bool_or(claimed)) AS o
        """;

    public static async Task<QueuePage> PageAsync(PostgresSession sql, long? after, int limit, BurstWindow window, DateTimeOffset now)
    {
        var places = await sql.QueryAsync(SelectPage, row => (Hash: row.GetInt64(0), Position: row.GetInt64(1)), after ?? 0, limit + 1);
        var open = (await OpenConversationRows.LoadAsync(sql, [.. places.Select(place => place.Hash)], now)).ToLookup(conversation => conversation.Id.Hash);
        var unique = await UniqueAsync(sql, [.. open.SelectMany(same => same.Select(conversation => conversation.Id.Contact)).Distinct()]);
        var obstacles = await FaultRows.ObstaclesAsync(sql, now);
        List<QueueSketch> sketches = [];
        var taken = 0;
        for (; taken < places.Count && sketches.Count < limit; taken++)
        {
            sketches.AddRange(open[places[taken].Hash].SelectMany(one => QueueSketch.Of(one, window, obstacles, unique.Contains(one.Id.Contact))));
        }

        return new(await FillAsync(sql, sketches), taken < places.Count ? places[taken - 1].Position : null);
    }

    public static async Task<BurstView?> BurstAsync(PostgresSession sql, ConversationId id, BurstWindow window, DateTimeOffset now)
        => await OpenConversationRows.FindAsync(sql, id, now) is { } conversation
            ? await ViewAsync(sql, conversation, window, await FaultRows.ObstaclesAsync(sql, now))
            : null;

    /// <summary>What of the conversation comes first.</summary>
    public static async Task<BurstView> ViewAsync(PostgresSession sql, OpenConversation conversation, BurstWindow window, Obstacles obstacles)
    {
        var unique = await UniqueAsync(sql, [conversation.Id.Contact]);
        return (await FillAsync(sql, [QueueSketch.Of(conversation, window, obstacles, unique.Count > 0).First()]))[0];
    }

    public static async Task<QueueCounts> CountsAsync(PostgresSession sql)
    {
        var tally = new QueueTally();
        foreach (var (state, isFaulted, count, first) in await sql.QueryAsync(
            "SELECT state, fault IS NOT NULL, count(*), min(first_at) FROM lull.batches WHERE state < 10 GROUP BY 1, 2",
            row => ((BatchState)row.GetInt16(0), row.GetBoolean(1), (int)row.GetInt64(2), row.Instant(3))))
        {
            tally.Add(state, isFaulted, first, count);
        }

        if (await sql.FirstAsync(CountOpen, row => (Count: (int)row.GetInt64(0), First: row.NumberOrNull(1))) is { First: { } oldest } open)
        {
            tally.Add(null, isFaulted: false, new MessageId(oldest).StoredAt, open.Count);
        }

        var ended = (await sql.QueryAsync(
            "SELECT state, count(*) FROM lull.batches WHERE state IN (12, 13) GROUP BY state", row => ((BatchState)row.GetInt16(0), row.GetInt64(1)))).ToDictionary();
        return tally.With(ended.GetValueOrDefault(BatchState.Held), ended.GetValueOrDefault(BatchState.DeadLettered));
    }

    /// <summary>The locations in which the contact was seen, or something of it is open, in order.</summary>
    public static async Task<List<ConversationId>> FindContactAsync(PostgresSession sql, string contact)
    {
        var known = await sql.QueryAsync("SELECT location FROM lull.contacts WHERE contact = $1", row => new ConversationId(row.GetString(0), contact), contact);
        return [.. known.Union(await OpenOfAsync(sql, [contact])).OrderBy(id => id.Location, StringComparer.Ordinal)];
    }

    /// <summary>Those of the contacts that have something open in one location only.</summary>
    private static async Task<HashSet<string>> UniqueAsync(PostgresSession sql, string[] contacts)
        => [.. (await OpenOfAsync(sql, contacts)).GroupBy(id => id.Contact).Where(same => same.Count() == 1).Select(same => same.Key)];

    private static Task<List<ConversationId>> OpenOfAsync(PostgresSession sql, string[] contacts)
        => sql.QueryAsync(SelectElsewhere, row => new ConversationId(row.GetString(0), row.GetString(1)), (object)contacts);

    private static async Task<List<BurstView>> FillAsync(PostgresSession sql, List<QueueSketch> sketches)
    {
        var texts = await BurstMessageRows.ReadGroupsAsync(sql, [.. sketches.Select(sketch => sketch.MessageIds)]);
        string[] firsts = [.. sketches.Where(sketch => sketch.Name is null).Select(sketch => BatchNames.First(sketch.Conversation, sketch.FirstAt))];
        var taken = (await sql.QueryAsync("SELECT name FROM lull.batches WHERE name = ANY($1)", row => row.GetString(0), (object)firsts)).ToHashSet();
        List<BurstView> views = [];
        foreach (var (n, sketch) in sketches.Index())
        {
            views.Add(sketch.With(sketch.Name ?? await FreeNameAsync(sql, sketch, taken), texts[n]));
        }

        return views;
    }

    /// <summary>The name that the burst will have as a batch.</summary>
    /// <param name="taken">Names that are in use; every burst's first one was looked up.</param>
    private static async Task<string> FreeNameAsync(PostgresSession sql, QueueSketch sketch, HashSet<string> taken)
    {
        while (true)
        {
            var name = BatchNames.Free(sketch.Conversation, sketch.FirstAt, sketch.MessageIds[0], taken.Contains);
            if (name == BatchNames.First(sketch.Conversation, sketch.FirstAt)
                || await sql.NumberAsync("SELECT count(*) FROM lull.batches WHERE name = $1", name) == 0)
            {
                return name;
            }

            taken.Add(name);
        }
    }
}
