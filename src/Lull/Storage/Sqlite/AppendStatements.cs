using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>The hot path: one row per webhook, and what a second copy of it is known by.</summary>
internal static class AppendStatements
{
    private const string UpsertContact = """
        INSERT INTO contacts (contact, location, profile, first_seen) VALUES ($1, $2, $3, $4)
        ON CONFLICT (contact, location) DO UPDATE SET profile = excluded.profile
        """;

    /// <summary>Stores the webhook; a message becomes part of what is open unless it is a copy.</summary>
    public static Receipt Append(WriteContext context, WebhookArrival arrival)
    {
        var now = context.Now;
        var hashes = context.Hash(arrival.DuplicateKeys);
        if (SeenStatements.Find(context, arrival, hashes, now) is { } first)
        {
            context.Messages.Run(context.NextId(), arrival, WebhookOutcome.Duplicate, now, first, keys: []);
            return new(WebhookOutcome.Duplicate, first, null);
        }

        var id = context.NextId();
        context.Messages.Run(id, arrival, arrival.Outcome, now, duplicateOf: null, hashes);
        SeenStatements.Remember(context, hashes, id);
        var isInFlight = false;
        if (arrival.Outcome is WebhookOutcome.Batched && arrival.Message is { } message)
        {
            var open = context.Open.Add(message.Conversation, new(id.Value, now, null, context.Open.Intern(message.Lane.Channel, message.Lane.Address)));
            isInFlight = open.Batch is { IsRunning: true };
        }
        else if (arrival is { Outcome: WebhookOutcome.Recorded, Conversation: { } conversation, Reason: not WebhookArrival.UnknownLocation })
        {
            MergeContact(context, conversation, [arrival.Profile], now);
        }

        return new(arrival.Outcome, id, arrival.Reason, isInFlight);
    }

    /// <summary>Writes a row, reads it back and takes it away again, all in the group's one commit.</summary>
    public static bool Prove(WriteContext context, WebhookArrival arrival)
    {
        var id = context.NextId();
        context.Messages.Run(id, arrival, WebhookOutcome.Recorded, context.Now, duplicateOf: null, keys: []);
        var found = context.Sql.Number("SELECT id FROM messages WHERE id = $1", id.Value) == id.Value;
        context.Sql.Execute("DELETE FROM messages WHERE id = $1", id.Value);
        return found;
    }

    /// <summary>The contact's profile with everything newer taken over, stored.</summary>
    public static ContactProfile MergeContact(WriteContext context, ConversationId id, IEnumerable<ContactProfile?> newer, DateTimeOffset firstSeen)
    {
        var stored = context.Sql.Scalar("SELECT profile FROM contacts WHERE contact = $1 AND location = $2", id.Contact, id.Location) as string;
        var merged = newer.Aggregate(Columns.ReadProfile(stored) ?? new(), (profile, next) => profile.With(next));
        context.Sql.Execute(UpsertContact, id.Contact, id.Location, Columns.Write(merged), firstSeen.ToColumn());
        return merged;
    }
}
