namespace Lull.Storage.Sqlite;

/// <summary>Pages of the journal.</summary>
internal static class JournalReads
{
    private const string Fields = "id, received_at, dialect, type, location, contact, outcome, reason, error, duplicate_of, headers, body";

    private const string Matching = "($2 IS NULL OR outcome = $2) AND ($3 IS NULL OR contact = $3)";

    private const string SelectAfter = $"SELECT {Fields} FROM messages WHERE id > $1 AND {Matching} ORDER BY id LIMIT $4";

    private const string SelectLatest = $"SELECT * FROM (SELECT {Fields} FROM messages WHERE {Matching} AND id > $1 ORDER BY id DESC LIMIT $4) ORDER BY id";

    public static List<JournalEntry> Page(SqliteSession sql, JournalQuery query)
        => sql.Query(
            query.After is null ? SelectLatest : SelectAfter, Read, query.After?.Value ?? -1, (long?)query.Outcome, query.Contact, query.Limit);

    public static JournalEntry? Entry(SqliteSession sql, MessageId id) => sql.First($"SELECT {Fields} FROM messages WHERE id = $1", Read, id.Value);

    private static JournalEntry Read(Microsoft.Data.Sqlite.SqliteDataReader row) => new()
    {
        Id = new(row.GetInt64(0)),
        ReceivedAt = row.Instant(1),
        Dialect = row.GetString(2),
        Type = row.TextOrNull(3),
        Conversation = row.TextOrNull(4) is { } location && row.TextOrNull(5) is { } contact ? new(location, contact) : null,
        Outcome = (WebhookOutcome)row.GetInt32(6),
        Reason = row.TextOrNull(7),
        Error = row.TextOrNull(8),
        DuplicateOf = row.NumberOrNull(9) is { } first ? new(first) : null,
        Headers = row.GetString(10),
        Body = row.GetFieldValue<byte[]>(11),
    };
}
