using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>What is known of contacts.</summary>
internal static class ContactRows
{
    /// <summary>The parameters of <c>lull.save_contact</c>.</summary>
    public static object?[] Values(ConversationId id, ContactProfile profile, DateTimeOffset firstSeen)
        => [id.Contact, id.Location, WebhookRows.Storable(Columns.Write(profile)), firstSeen.ToColumn()];

    /// <summary>The contact's profile with everything newer taken over, stored.</summary>
    public static async Task MergeAsync(PostgresSession sql, ConversationId id, IEnumerable<ContactProfile?> newer, DateTimeOffset firstSeen)
    {
        var stored = await sql.FirstAsync(
            "SELECT profile FROM lull.contacts WHERE contact = $1 AND location = $2 FOR UPDATE", row => row.TextOrNull(0), id.Contact, id.Location);
        var merged = newer.Aggregate(Columns.ReadProfile(stored) ?? new(), (profile, next) => profile.With(next));
        await sql.ExecuteAsync("SELECT lull.save_contact($1, $2, $3, $4)", Values(id, merged, firstSeen));
    }

    public static async Task<bool> HasRepliedSinceAsync(PostgresSession sql, ConversationId id, DateTimeOffset at)
        => await sql.NumberAsync("SELECT last_reply_at FROM lull.contacts WHERE contact = $1 AND location = $2", id.Contact, id.Location) is { } replied && replied >= at.ToColumn();
}
