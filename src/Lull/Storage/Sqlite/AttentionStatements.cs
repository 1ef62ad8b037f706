using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>What the operator is told, once per cause in a while.</summary>
internal static class AttentionStatements
{
    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromMinutes(15);

    private const string Select = "SELECT id, cause, text, first_at, last_at, count FROM attention WHERE cleared_at IS NULL";

    public static bool Raise(WriteContext context, string cause, string text)
    {
        var now = context.Now.ToColumn();
        var again = now - (long)ToldAgainAfter.TotalMilliseconds;
        var known = context.Sql.Execute(
            """
            UPDATE attention SET last_at = $2, count = count + 1, text = $3,
                   told_at = CASE WHEN told_at <= $4 THEN NULL ELSE told_at END
            WHERE cause = $1 AND cleared_at IS NULL
            """,
            cause,
            now,
            text,
            again);
        if (known == 0)
        {
            // Cleared and raised again is still the same cause: it is not told twice in the same while.
            context.Sql.Execute(
                """
                INSERT INTO attention (cause, text, first_at, last_at, count, told_at)
                VALUES ($1, $2, $3, $3, 1, (SELECT MAX(told_at) FROM attention WHERE cause = $1 AND told_at > $4))
                """,
                cause,
                text,
                now,
                again);
        }

        return known == 0;
    }

    public static List<AttentionItem> Open(SqliteSession sql) => sql.Query(Select + " ORDER BY last_at DESC, id DESC", Read);

    public static List<AttentionItem> Untold(SqliteSession sql, int limit) => sql.Query(Select + " AND told_at IS NULL ORDER BY id LIMIT $1", Read, limit);

    public static bool Clear(WriteContext context, long id)
        => context.Sql.Execute("UPDATE attention SET cleared_at = $2 WHERE id = $1 AND cleared_at IS NULL", id, context.Now.ToColumn()) > 0;

    public static bool Told(WriteContext context, long id)
        => context.Sql.Execute("UPDATE attention SET told_at = $2 WHERE id = $1", id, context.Now.ToColumn()) > 0;

    private static AttentionItem Read(Microsoft.Data.Sqlite.SqliteDataReader row)
        => new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.Instant(3), row.Instant(4), row.GetInt64(5));
}
