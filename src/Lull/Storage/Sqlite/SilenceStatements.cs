using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>Reasons to be silent towards a contact, and pauses of everything or of a location.</summary>
internal static class SilenceStatements
{
    /// <summary>The reason in force now, or null.</summary>
    public static string? Reason(WriteContext context, ConversationId id)
        => context.Sql.Scalar(
            "SELECT reason FROM silences WHERE location = $1 AND contact = $2 AND (until IS NULL OR until > $3) ORDER BY since LIMIT 1",
            id.Location,
            id.Contact,
            context.Now.ToColumn()) as string;

    public static bool Add(WriteContext context, ConversationId id, string reason, DateTimeOffset? until)
        => context.Sql.Execute(
            """
            INSERT INTO silences (location, contact, reason, since, until) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (location, contact, reason) DO UPDATE SET until = excluded.until
            """,
            id.Location,
            id.Contact,
            reason,
            context.Now.ToColumn(),
            until.ToColumn()) > 0;

    public static bool Remove(WriteContext context, ConversationId id, string reason)
        => context.Sql.Execute("DELETE FROM silences WHERE location = $1 AND contact = $2 AND reason = $3", id.Location, id.Contact, reason) > 0;

    public static List<Silence> InForce(SqliteSession sql, ConversationId id, DateTimeOffset now)
        => sql.Query(
            "SELECT reason, since, until FROM silences WHERE location = $1 AND contact = $2 AND (until IS NULL OR until > $3) ORDER BY since",
            row => new Silence(row.GetString(0), row.Instant(1), row.InstantOrNull(2)),
            id.Location,
            id.Contact,
            now.ToColumn());

    public static bool Pause(WriteContext context, string? location, string reason)
    {
        context.Sql.Execute(
            "INSERT INTO pauses (location, reason, since) VALUES ($1, $2, $3) ON CONFLICT (location) DO NOTHING",
            location ?? "",
            reason,
            context.Now.ToColumn());
        context.Mirror.Load(context.Sql);
        return true;
    }

    public static bool Resume(WriteContext context, string? location)
    {
        var removed = context.Sql.Execute("DELETE FROM pauses WHERE location = $1", location ?? "") > 0;
        context.Mirror.Load(context.Sql);
        return removed;
    }
}
