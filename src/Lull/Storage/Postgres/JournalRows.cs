using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Pages of the journal, and how far its readers have come.</summary>
internal static class JournalRows
{
    private const string Fields = "id, received_at, dialect, type, location, contact, outcome, reason, error, duplicate_of, headers, body";

    private const string Matching = "id > $1 AND id < $2 AND ($3::smallint IS NULL OR outcome = $3::smallint) AND ($4::text IS NULL OR contact = $4::text)";

    private const string SelectAfter = $"SELECT {Fields} FROM lull.messages WHERE {Matching} ORDER BY id LIMIT $5";

    private const string SelectLatest = $"SELECT * FROM (SELECT {Fields} FROM lull.messages WHERE {Matching} ORDER BY id DESC LIMIT $5) AS latest ORDER BY id";

    // An id carries the moment it was given, which is after its transaction began; and lull.next_id makes that a writing one, seen here until it has ended. So nothing older
    // than every transaction that writes can still appear. The second is for the moment between the clock and the mark, and for a clock that is set back a little.
    // Readers hold up nobody, however long they read.
    private const string SelectHorizon = """
        SELECT (extract(epoch FROM LEAST(statement_timestamp() - interval '1 second', min(xact_start))) * 1000)::bigint
        FROM pg_stat_activity
        WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
        """;

    /// <summary>
    /// One page. Ids are given before they are committed: only rows below a horizon are shown, so that a reader who goes on from the last one skips none.
    /// Two transactions, because the page must see everything that was committed when the horizon was drawn.
    /// </summary>
    public static async Task<List<JournalEntry>> PageAsync(PostgresDatabase database, JournalQuery query, CancellationToken cancellationToken)
    {
        var horizon = await database.ReadAsync(HorizonAsync, cancellationToken);
        return await database.ReadAsync(
            sql => sql.QueryAsync(
                query.After is null ? SelectLatest : SelectAfter, Read, query.After?.Value ?? -1, horizon.Value, (short?)query.Outcome, query.Contact, query.Limit),
            cancellationToken);
    }

    /// <summary>Every row that was ever to come with a smaller id is committed.</summary>
    public static async Task<MessageId> HorizonAsync(PostgresSession sql)
        => MessageId.FirstOf((await sql.NumberAsync(SelectHorizon))!.Value.ToInstant());

    public static Task<JournalEntry?> EntryAsync(PostgresSession sql, MessageId id)
        => sql.FirstAsync($"SELECT {Fields} FROM lull.messages WHERE id = $1", Read, id.Value);

    public static Task<int> NoteErrorAsync(PostgresSession sql, MessageId id, string error)
        => sql.ExecuteAsync("UPDATE lull.messages SET error = CASE WHEN error IS NULL THEN $2 ELSE error || chr(10) || $2 END WHERE id = $1", id.Value, error);

    /// <summary>0 for a new name.</summary>
    public static async Task<MessageId> CursorAsync(PostgresSession sql, string name)
        => new(await sql.NumberAsync("SELECT position FROM lull.cursors WHERE name = $1", name) ?? 0);

    public static Task<int> MoveCursorAsync(PostgresSession sql, string name, MessageId to)
        => sql.ExecuteAsync(
            "INSERT INTO lull.cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position", name, to.Value);

    private static JournalEntry Read(NpgsqlDataReader row) => new()
    {
        Id = new(row.GetInt64(0)),
        ReceivedAt = row.Instant(1),
        Dialect = row.GetString(2),
        Type = row.TextOrNull(3),
        Conversation = row.TextOrNull(4) is { } location && row.TextOrNull(5) is { } contact ? new(location, contact) : null,
        Outcome = (WebhookOutcome)row.GetInt16(6),
        Reason = row.TextOrNull(7),
        Error = row.TextOrNull(8),
        DuplicateOf = row.NumberOrNull(9) is { } first ? new(first) : null,
        Headers = row.GetString(10),
        Body = row.GetFieldValue<byte[]>(11),
    };
}
