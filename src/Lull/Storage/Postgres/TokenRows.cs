using System.Globalization;

namespace Lull.Storage.Postgres;

/// <summary>Tokens spent by all nodes, by the day of the database's clock.</summary>
internal static class TokenRows
{
    /// <returns>The day's total.</returns>
    public static async Task<long> SpendAsync(PostgresSession sql, TokenUse tokens, bool wasted, DateTimeOffset now)
        => (await sql.NumberAsync(
            """
            INSERT INTO lull.tokens AS t (day, input, output, wasted) VALUES ($1, $2, $3, $4)
            ON CONFLICT (day) DO UPDATE SET input = t.input + $2, output = t.output + $3, wasted = t.wasted + $4
            RETURNING input + output
            """,
            now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            (long)tokens.Input,
            (long)tokens.Output,
            wasted ? (long)tokens.Total : 0L))!.Value;
}
