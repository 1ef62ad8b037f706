namespace Lull.Storage.Sqlite;

/// <content>What the operator reads and changes.</content>
internal sealed partial class SqliteMessageStore
{
    public Task<QueuePage> QueueAsync(long? after, int limit, BurstWindow window, CancellationToken cancellationToken)
        => ReadAsync(sql => Queue.Page(sql, after, limit, window), cancellationToken);

    public Task<QueueCounts> CountsAsync(CancellationToken cancellationToken) => ReadAsync(Queue.Counts, cancellationToken);

    public Task<BurstView?> BurstAsync(ConversationId conversation, BurstWindow window, CancellationToken cancellationToken)
        => ReadAsync(sql => Queue.Burst(sql, conversation, window), cancellationToken);

    public Task<LastReply?> LastReplyAsync(ConversationId conversation, CancellationToken cancellationToken)
        => ReadAsync(sql => FateReads.LastReply(sql, conversation), cancellationToken);

    public Task<MessageFate?> FateAsync(MessageId id, BurstWindow window, CancellationToken cancellationToken)
        => ReadAsync(sql => Fates.Fate(sql, id, window), cancellationToken);

    public Task<ConversationView> ConversationAsync(ConversationId conversation, BurstWindow window, int limit, CancellationToken cancellationToken)
        => ReadAsync(sql => Conversations.View(sql, conversation, window, limit), cancellationToken);

    public async Task<IReadOnlyList<EndedBatch>> EndedAsync(BatchState state, long after, int limit, CancellationToken cancellationToken)
        => await ReadAsync(sql => EndedReads.Page(sql, state, after, limit), cancellationToken);

    public async Task<MessageId?> FindMessageAsync(ConversationId conversation, string externalId, CancellationToken cancellationToken)
    {
        var key = DuplicateKey.ForMessage(conversation, externalId);
        var hash = WriteContext.HashWith(_hashKey, key.Text);
        return await ReadAsync(sql => SeenStatements.Find(sql, _seen, hash, Now, key.Window), cancellationToken);
    }

    public async Task<IReadOnlyList<ConversationId>> FindContactAsync(string contact, CancellationToken cancellationToken)
    {
        var known = await ReadAsync(
            sql => sql.Query("SELECT location FROM contacts WHERE contact = $1", row => new ConversationId(row.GetString(0), contact), contact), cancellationToken);
        lock (_open.Gate)
        {
            return [.. known.Union(_open.OfContact(contact).Select(conversation => conversation.Id)).OrderBy(id => id.Location, StringComparer.Ordinal)];
        }
    }

    public Task<ConversationId?> ReopenAsync(string batch, BatchState from, CancellationToken cancellationToken)
        => WriteAsync(context => ReopenStatements.Reopen(context, batch, from), cancellationToken);

    public Task<ConversationId?> DropAsync(string batch, CancellationToken cancellationToken)
        => WriteAsync(context => ReopenStatements.Drop(context, batch), cancellationToken);

    public ValueTask<int?> WaitOverrideAsync(CancellationToken cancellationToken) => new(_mirror.WaitOverride);

    public Task SetWaitOverrideAsync(int? seconds, CancellationToken cancellationToken)
        => WriteAsync(
            context =>
            {
                var changed = seconds is null
                    ? context.Sql.Execute("DELETE FROM meta WHERE name = 'wait_override'")
                    : context.Sql.Execute("INSERT INTO meta (name, value) VALUES ('wait_override', $1) ON CONFLICT (name) DO UPDATE SET value = $1", (long)seconds);
                context.Mirror.Load(context.Sql);
                return changed;
            },
            cancellationToken);

    public async Task<int> EraseAsync(ConversationId conversation, CancellationToken cancellationToken)
    {
        // The newest id first, then the scan: rows are committed in the order of their ids, so the scan has all up to it.
        var (scannedTo, found) = await ReadAsync(
            sql => (sql.Number("SELECT MAX(id) FROM messages") ?? -1, ErasureStatements.FindRows(sql, conversation, -1)), cancellationToken);
        return await WriteAsync(context => ErasureStatements.Erase(context, conversation, [.. found.Where(id => id <= scannedTo)], scannedTo), cancellationToken);
    }

    public async Task<IReadOnlyList<JournalEntry>> JournalAsync(JournalQuery query, CancellationToken cancellationToken)
        => await ReadAsync(sql => JournalReads.Page(sql, query), cancellationToken);

    public Task<JournalEntry?> JournalEntryAsync(MessageId id, CancellationToken cancellationToken)
        => ReadAsync(sql => JournalReads.Entry(sql, id), cancellationToken);

    public Task NoteErrorAsync(MessageId id, string error, CancellationToken cancellationToken)
        => WriteAsync(
            context => context.Sql.Execute("UPDATE messages SET error = CASE WHEN error IS NULL THEN $2 ELSE error || char(10) || $2 END WHERE id = $1", id.Value, error),
            cancellationToken);

    public async Task<MessageId> CursorAsync(string name, CancellationToken cancellationToken)
        => new(await ReadAsync(sql => sql.Number("SELECT position FROM cursors WHERE name = $1", name), cancellationToken) ?? 0);

    public Task MoveCursorAsync(string name, MessageId to, CancellationToken cancellationToken)
        => WriteAsync(
            context => context.Sql.Execute("INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = $2", name, to.Value),
            cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset? messagesBefore, DateTimeOffset? journalBefore, int limit, CancellationToken cancellationToken)
        => WriteAsync(context => ErasureStatements.Prune(context, messagesBefore, journalBefore, limit), cancellationToken);

    public Task<AuditReport> AuditAsync(int limit, CancellationToken cancellationToken) => Audit.AuditAsync(limit, cancellationToken);
}
