using System.Buffers.Binary;
using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>What was seen before: keyed hashes, the newest in memory and beside their messages, older ones in sorted runs.</summary>
internal static class SeenStatements
{
    private const string SelectChunk = "SELECT entries FROM seen_chunks WHERE id = $1";

    /// <summary>The first message with one of the arrival's keys, within the key's window.</summary>
    /// <param name="hashes">Of the arrival's keys, in their order.</param>
    public static MessageId? Find(WriteContext context, WebhookArrival arrival, ReadOnlySpan<UInt128> hashes, DateTimeOffset now)
    {
        for (var i = 0; i < hashes.Length; i++)
        {
            var key = arrival.DuplicateKeys[i];
            if (Find(context.Sql, context.Seen, hashes[i], now, key.Window) is { } seen
                && !(key.EndsWithReply && arrival.Conversation is { } conversation && RepliedSince(context, conversation, seen.StoredAt)))
            {
                return seen;
            }
        }

        return null;
    }

    public static MessageId? Find(SqliteSession sql, SeenKeys seen, UInt128 hash, DateTimeOffset now, TimeSpan window)
    {
        // The newest first: what leaves it for a run meanwhile is found there.
        if (seen.FindNewest(hash) is { } newest)
        {
            return newest.StoredAt > now - window ? newest : null;
        }

        var (runs, oldest) = (seen.Runs, MessageId.FirstOf(now - window).Value);
        for (var i = runs.Count - 1; i >= 0 && runs[i].UpTo >= oldest; i--)
        {
            if (runs[i].RowFor(hash) is { } row && sql.Scalar(SelectChunk, row) is byte[] entries && SeenRun.Find(entries, hash) is { } found)
            {
                return found.StoredAt > now - window ? found : null;
            }
        }

        return null;
    }

    /// <summary>Remembers what the message's own row holds.</summary>
    public static void Remember(WriteContext context, ReadOnlySpan<UInt128> hashes, MessageId id)
    {
        foreach (var hash in hashes)
        {
            context.Seen.Add(hash, id);
        }

        if (context.Seen.IsFull)
        {
            SaveRun(context);
        }
    }

    /// <summary>Remembers what no message's row holds, or what an older one got later.</summary>
    public static void RememberLoose(WriteContext context, ReadOnlySpan<UInt128> hashes, MessageId id)
    {
        foreach (var hash in hashes)
        {
            context.Sql.Execute(
                "INSERT INTO seen_loose (hash, message) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET message = $2", SeenRun.WriteKeys([hash]), id.Value);
        }

        Remember(context, hashes, id);
    }

    /// <summary>Keeps what is known of messages whose rows are about to be deleted.</summary>
    public static void KeepOf(WriteContext context, IEnumerable<long> messages)
    {
        var inRuns = context.Seen.Runs is [.., var last] ? last.UpTo : 0;
        var upTo = Math.Max(inRuns, MessageId.FirstOf(context.Now - DuplicateKey.IdWindow).Value);
        foreach (var message in messages)
        {
            if (message > upTo && context.Sql.Scalar("SELECT keys FROM messages WHERE id = $1", message) is byte[] keys)
            {
                RememberLoose(context, SeenRun.ReadKeys(keys), new(message));
            }
        }
    }

    /// <summary>Reads what memory needs to know.</summary>
    public static void Load(SqliteSession sql, SeenKeys seen)
    {
        seen.Load(sql.Query(
            "SELECT run, up_to, filter, firsts FROM seen_runs ORDER BY run",
            row => new SeenRun(row.GetInt64(0), row.GetInt64(1), SeenFilter.Read(row.GetFieldValue<byte[]>(2)), SeenRun.ReadKeys(row.GetFieldValue<byte[]>(3)))));
        sql.Each("SELECT message, hash FROM seen_loose", Note);
        sql.Each("SELECT id, keys FROM messages WHERE id > $1 AND keys IS NOT NULL ORDER BY id", Note, seen.Runs is [.., var last] ? last.UpTo : 0);

        void Note(Microsoft.Data.Sqlite.SqliteDataReader row)
        {
            foreach (var hash in SeenRun.ReadKeys(row.GetFieldValue<byte[]>(1)))
            {
                seen.Add(hash, new(row.GetInt64(0)));
            }
        }
    }

    /// <summary>Takes away a run that no window reaches any more; returns how many keys that were, at most.</summary>
    public static int Prune(WriteContext context)
    {
        var oldest = MessageId.FirstOf(context.Now - DuplicateKey.IdWindow).Value;
        if (context.Seen.Runs is not [var run, ..] || run.UpTo >= oldest)
        {
            return 0;
        }

        context.Sql.Execute("DELETE FROM seen_chunks WHERE id BETWEEN $1 AND $2", SeenRun.RowOf(run.Number, 0), SeenRun.RowOf(run.Number, run.Firsts.Length));
        context.Sql.Execute("DELETE FROM seen_runs WHERE run = $1", run.Number);
        context.Seen.Forget(run);
        return run.Firsts.Length * SeenRun.ChunkEntries;
    }

    private static void SaveRun(WriteContext context)
    {
        var (keys, messages) = context.Seen.Sorted();
        var number = context.Seen.Runs is [.., var last] ? last.Number + 1 : 1;
        var filter = SeenFilter.For(keys.Length);
        foreach (var key in keys)
        {
            filter.Add(key);
        }

        List<UInt128> firsts = [];
        for (var at = 0; at < keys.Length; at += SeenRun.ChunkEntries)
        {
            var length = Math.Min(SeenRun.ChunkEntries, keys.Length - at);
            context.Sql.Execute(
                "INSERT INTO seen_chunks (id, entries) VALUES ($1, $2)",
                SeenRun.RowOf(number, firsts.Count),
                SeenRun.Write(keys.AsSpan(at, length), messages.AsSpan(at, length)));
            firsts.Add(keys[at]);
        }

        var run = new SeenRun(number, messages.Max(), filter, [.. firsts]);
        context.Sql.Execute(
            "INSERT INTO seen_runs (run, up_to, filter, firsts) VALUES ($1, $2, $3, $4)", number, run.UpTo, filter.Bytes.ToArray(), SeenRun.WriteKeys(run.Firsts));
        context.Sql.Execute("DELETE FROM seen_loose");
        context.Seen.Begin(run);
    }

    private static bool RepliedSince(WriteContext context, ConversationId id, DateTimeOffset at)
        => context.Sql.Number("SELECT last_reply_at FROM contacts WHERE contact = $1 AND location = $2", id.Contact, id.Location) is { } replied
           && replied.ToInstant() >= at;
}
