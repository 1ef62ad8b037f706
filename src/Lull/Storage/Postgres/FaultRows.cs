using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>Faults that stop a whole target.</summary>
internal static class FaultRows
{
    public static Task<List<Fault>> AllAsync(PostgresSession sql)
        => sql.QueryAsync(
            "SELECT target, reason, since, until FROM lull.faults ORDER BY target",
            row => new Fault(row.GetString(0), row.GetString(1), row.Instant(2), row.InstantOrNull(3)));

    public static async Task<bool> IsFaultedAsync(PostgresSession sql, string target)
        => await sql.NumberAsync("SELECT count(*) FROM lull.faults WHERE target = $1", target) > 0;

    /// <summary>Records or refreshes; keeps the first time.</summary>
    public static Task<int> SetAsync(PostgresSession sql, string target, string reason, DateTimeOffset? until, DateTimeOffset now)
        => sql.ExecuteAsync(
            """
            INSERT INTO lull.faults (target, reason, since, until) VALUES ($1, $2, $3, $4::bigint)
            ON CONFLICT (target) DO UPDATE SET reason = excluded.reason, until = excluded.until
            """,
            target,
            reason,
            now.ToColumn(),
            until.ToColumn());

    public static Task<int> ClearAsync(PostgresSession sql, string target) => sql.ExecuteAsync("DELETE FROM lull.faults WHERE target = $1", target);

    /// <summary>What keeps due steps waiting now.</summary>
    public static async Task<Obstacles> ObstaclesAsync(PostgresSession sql, DateTimeOffset now)
        => new(await SilenceRows.PausesAsync(sql), (await AllAsync(sql)).ToDictionary(fault => fault.Target), now);
}
