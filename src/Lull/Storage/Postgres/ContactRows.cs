using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>What is known of contacts.</summary>
internal static class ContactRows
{
    private const string UpsertContact = """
        INSERT INTO lull.contacts (contact, location, profile, first_seen) VALUES ($1, $2, $3, $4)
        ON CONFLICT (contact, location) DO UPDATE SET profile = excluded.profile
        """;

    public static NpgsqlBatchCommand Upsert(PostgresSession sql, ConversationId id, ContactProfile profile, DateTimeOffset firstSeen)
        => sql.BatchCommand(UpsertContact, id.Contact, id.Location, WebhookRows.Storable(Columns.Write(profile)), firstSeen.ToColumn());

    /// <summary>The contact's profile with everything newer taken over, stored.</summary>
    public static async Task MergeAsync(PostgresSession sql, ConversationId id, IEnumerable<ContactProfile?> newer, DateTimeOffset firstSeen)
    {
        var stored = await sql.FirstAsync(
            "SELECT profile FROM lull.contacts WHERE contact = $1 AND location = $2 FOR UPDATE", row => row.TextOrNull(0), id.Contact, id.Location);
        var merged = newer.Aggregate(Columns.ReadProfile(stored) ?? new(), (profile, next) => profile.With(next));
        await using var batch = sql.Batch();
        batch.BatchCommands.Add(Upsert(sql, id, merged, firstSeen));
        await batch.ExecuteNonQueryAsync(sql.Cancellation);
    }

    public static async Task<bool> HasRepliedSinceAsync(PostgresSession sql, ConversationId id, DateTimeOffset at)
        => await sql.NumberAsync("SELECT last_reply_at FROM lull.contacts WHERE contact = $1 AND location = $2", id.Contact, id.Location) is { } replied && replied >= at.ToColumn();
}
