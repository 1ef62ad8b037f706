using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>What the operator is told, once per cause in a while, whichever node met it.</summary>
internal static class AttentionRows
{
    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromMinutes(15);

    private const string Select = "SELECT id, cause, text, first_at, last_at, count FROM lull.attention WHERE cleared_at IS NULL";

    // Cleared and raised again is still the same cause: it is not told twice in the same while.
    private const string Upsert = """
        INSERT INTO lull.attention AS a (cause, text, first_at, last_at, count, told_at)
        VALUES ($1, $2, $3, $3, 1, (SELECT max(told_at) FROM lull.attention WHERE cause = $1 AND told_at > $4))
        ON CONFLICT (cause) WHERE cleared_at IS NULL DO UPDATE
        SET last_at = $3, count = a.count + 1, text = $2, told_at = CASE WHEN a.told_at <= $4 THEN NULL ELSE a.told_at END
        """;

    public static Task<int> RaiseAsync(PostgresSession sql, string cause, string text, DateTimeOffset now)
        => sql.ExecuteAsync(Upsert, cause, text, now.ToColumn(), (now - ToldAgainAfter).ToColumn());

    /// <summary>The same as part of a longer round trip.</summary>
    public static NpgsqlBatchCommand RaiseCommand(PostgresSession sql, string cause, string text, DateTimeOffset now)
        => sql.BatchCommand(Upsert, cause, text, now.ToColumn(), (now - ToldAgainAfter).ToColumn());

    public static Task<List<AttentionItem>> OpenAsync(PostgresSession sql) => sql.QueryAsync(Select + " ORDER BY last_at DESC, id DESC", Read);

    public static Task<List<AttentionItem>> UntoldAsync(PostgresSession sql, int limit)
        => sql.QueryAsync(Select + " AND told_at IS NULL ORDER BY id LIMIT $1", Read, limit);

    public static async Task<bool> ClearAsync(PostgresSession sql, long id, DateTimeOffset now)
        => await sql.ExecuteAsync("UPDATE lull.attention SET cleared_at = $2 WHERE id = $1 AND cleared_at IS NULL", id, now.ToColumn()) > 0;

    public static Task<int> ToldAsync(PostgresSession sql, long id, DateTimeOffset now)
        => sql.ExecuteAsync("UPDATE lull.attention SET told_at = $2 WHERE id = $1", id, now.ToColumn());

    private static AttentionItem Read(NpgsqlDataReader row)
        => new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.Instant(3), row.Instant(4), row.GetInt64(5));
}
