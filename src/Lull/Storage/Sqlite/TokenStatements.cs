using System.Globalization;

namespace Lull.Storage.Sqlite;

/// <summary>Tokens spent, by the day of the store's clock.</summary>
internal static class TokenStatements
{
    public static long Spend(WriteContext context, TokenUse tokens, bool wasted)
    {
        var day = context.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return context.Sql.Number(
            """
            INSERT INTO tokens (day, input, output, wasted) VALUES ($1, $2, $3, $4)
            ON CONFLICT (day) DO UPDATE SET input = input + $2, output = output + $3, wasted = wasted + $4
            RETURNING input + output
            """,
            day,
            tokens.Input,
            tokens.Output,
            wasted ? tokens.Total : 0L)!.Value;
    }
}
