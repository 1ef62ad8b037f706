using Lull.Storage.Postgres.Auditing;

namespace Lull.Storage.Postgres;

/// <content>What the operator reads and changes.</content>
internal sealed partial class PostgresMessageStore
{
    private PostgresAudit Audit => field ??= new(_database, TimeProvider.System);

    public Task<QueuePage> QueueAsync(long? after, int limit, BurstWindow window, CancellationToken cancellationToken)
        => ReadAsync((sql, now) => QueueRows.PageAsync(sql, after, limit, window, now), cancellationToken);

    public Task<QueueCounts> CountsAsync(CancellationToken cancellationToken) => _database.ReadAsync(QueueRows.CountsAsync, cancellationToken);

    public Task<BurstView?> BurstAsync(ConversationId conversation, BurstWindow window, CancellationToken cancellationToken)
        => ReadAsync((sql, now) => QueueRows.BurstAsync(sql, conversation, window, now), cancellationToken);

    public Task<LastReply?> LastReplyAsync(ConversationId conversation, CancellationToken cancellationToken)
        => _database.ReadAsync(sql => FateRows.LastReplyAsync(sql, conversation), cancellationToken);

    public Task<MessageFate?> FateAsync(MessageId id, BurstWindow window, CancellationToken cancellationToken)
        => ReadAsync((sql, now) => FateRows.FindAsync(sql, id, window, now), cancellationToken);

    public Task<ConversationView> ConversationAsync(ConversationId conversation, BurstWindow window, int limit, CancellationToken cancellationToken)
        => ReadAsync((sql, now) => ConversationRows.ViewAsync(sql, conversation, window, limit, now), cancellationToken);

    public async Task<IReadOnlyList<EndedBatch>> EndedAsync(BatchState state, long after, int limit, CancellationToken cancellationToken)
        => await _database.ReadAsync(sql => EndedRows.PageAsync(sql, state, after, limit), cancellationToken);

    public Task<MessageId?> FindMessageAsync(ConversationId conversation, string externalId, CancellationToken cancellationToken)
    {
        var key = DuplicateKey.ForMessage(conversation, externalId);
        return ReadAsync((sql, now) => SeenRows.FindAsync(sql, Hash.Of(key.Text), now, key.Window), cancellationToken);
    }

    public async Task<IReadOnlyList<ConversationId>> FindContactAsync(string contact, CancellationToken cancellationToken)
        => await _database.ReadAsync(sql => QueueRows.FindContactAsync(sql, contact), cancellationToken);

    public Task<ConversationId?> ReopenAsync(string batch, BatchState from, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => Replaying.ReopenAsync(sql, _ledger, batch, from, now), cancellationToken);

    public Task<ConversationId?> DropAsync(string batch, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => Replaying.DropAsync(sql, _ledger, batch, now), cancellationToken);

    public async ValueTask<int?> WaitOverrideAsync(CancellationToken cancellationToken) => (await _mirror.CurrentAsync(cancellationToken)).WaitOverride;

    public async Task SetWaitOverrideAsync(int? seconds, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(
            sql => seconds is null
                ? sql.ExecuteAsync("DELETE FROM lull.meta WHERE name = 'wait_override'")
                : sql.ExecuteAsync(
                    "INSERT INTO lull.meta (name, number) VALUES ('wait_override', $1) ON CONFLICT (name) DO UPDATE SET number = excluded.number", (long)seconds),
            cancellationToken);
        _mirror.Forget();
    }

    public Task<int> EraseAsync(ConversationId conversation, CancellationToken cancellationToken)
        => _database.WriteAsync(sql => ErasureRows.EraseAsync(sql, conversation), cancellationToken);

    public async Task<IReadOnlyList<JournalEntry>> JournalAsync(JournalQuery query, CancellationToken cancellationToken)
        => await JournalRows.PageAsync(_database, query, cancellationToken);

    public Task<JournalEntry?> JournalEntryAsync(MessageId id, CancellationToken cancellationToken)
        => _database.ReadAsync(sql => JournalRows.EntryAsync(sql, id), cancellationToken);

    public Task NoteErrorAsync(MessageId id, string error, CancellationToken cancellationToken)
        => _database.WriteAsync(sql => JournalRows.NoteErrorAsync(sql, id, error), cancellationToken);

    public Task<MessageId> CursorAsync(string name, CancellationToken cancellationToken)
        => _database.ReadAsync(sql => JournalRows.CursorAsync(sql, name), cancellationToken);

    public Task MoveCursorAsync(string name, MessageId to, CancellationToken cancellationToken)
        => _database.WriteAsync(sql => JournalRows.MoveCursorAsync(sql, name, to), cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset? messagesBefore, DateTimeOffset? journalBefore, int limit, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => PruneRows.PruneAsync(sql, messagesBefore, journalBefore, limit, now), cancellationToken);

    public Task<AuditReport> AuditAsync(int limit, CancellationToken cancellationToken) => Audit.AuditAsync(limit, cancellationToken);
}
