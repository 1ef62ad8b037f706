using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>Reasons to be silent towards a contact, and pauses of everything or of a location.</summary>
internal static class SilenceRows
{
    /// <summary>The reason in force now, or null.</summary>
    public static Task<string?> ReasonAsync(PostgresSession sql, ConversationId id, DateTimeOffset now)
        => sql.FirstAsync<string?>(
            "SELECT reason FROM lull.silences WHERE location = $1 AND contact = $2 AND (until IS NULL OR until > $3) ORDER BY since LIMIT 1",
            row => row.GetString(0),
            id.Location,
            id.Contact,
            now.ToColumn());

    public static Task<List<Silence>> InForceAsync(PostgresSession sql, ConversationId id, DateTimeOffset now)
        => sql.QueryAsync(
            "SELECT reason, since, until FROM lull.silences WHERE location = $1 AND contact = $2 AND (until IS NULL OR until > $3) ORDER BY since",
            row => new Silence(row.GetString(0), row.Instant(1), row.InstantOrNull(2)),
            id.Location,
            id.Contact,
            now.ToColumn());

    public static Task<int> AddAsync(PostgresSession sql, ConversationId id, string reason, DateTimeOffset? until, DateTimeOffset now)
        => sql.ExecuteAsync(
            """
            INSERT INTO lull.silences (location, contact, reason, since, until) VALUES ($1, $2, $3, $4, $5::bigint)
            ON CONFLICT (location, contact, reason) DO UPDATE SET until = excluded.until
            """,
            id.Location,
            id.Contact,
            reason,
            now.ToColumn(),
            until.ToColumn());

    public static async Task<bool> RemoveAsync(PostgresSession sql, ConversationId id, string reason)
        => await sql.ExecuteAsync("DELETE FROM lull.silences WHERE location = $1 AND contact = $2 AND reason = $3", id.Location, id.Contact, reason) > 0;

    public static Task<int> PauseAsync(PostgresSession sql, string? location, string reason, DateTimeOffset now)
        => sql.ExecuteAsync(
            "INSERT INTO lull.pauses (location, reason, since) VALUES ($1, $2, $3) ON CONFLICT (location) DO NOTHING", location ?? "", reason, now.ToColumn());

    public static Task<int> ResumeAsync(PostgresSession sql, string? location) => sql.ExecuteAsync("DELETE FROM lull.pauses WHERE location = $1", location ?? "");

    public static Task<List<Pause>> PausesAsync(PostgresSession sql)
        => sql.QueryAsync(
            "SELECT location, reason, since FROM lull.pauses ORDER BY location",
            row => new Pause(row.GetString(0) is { Length: > 0 } location ? location : null, row.GetString(1), row.Instant(2)));

    /// <summary>True when all sending, or this location's, is stopped.</summary>
    public static async Task<bool> IsPausedAsync(PostgresSession sql, string location)
        => await sql.NumberAsync("SELECT count(*) FROM lull.pauses WHERE location = '' OR location = $1", location) > 0;
}
