namespace Lull.Storage.Postgres;

/// <summary>Tokens spent by all nodes, by the day of the database's clock.</summary>
internal static class TokenRows
{
    /// <summary>One statement.</summary>
    /// <returns>The day's total.</returns>
    public static async Task<long> SpendAsync(PostgresSession sql, TokenUse tokens, bool wasted, long? told)
        => (await sql.NumberAsync(
            "SELECT lull.spend_tokens($1, $2, $3, $4)", told, (long)tokens.Input, (long)tokens.Output, wasted ? (long)tokens.Total : 0L))!.Value;
}
