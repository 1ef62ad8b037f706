namespace Lull.Storage.Sqlite;

/// <summary>The hot path: one row per webhook, and what a second copy of it is known by.</summary>
internal static class AppendStatements
{
    private const string Insert = """
        INSERT INTO messages (id, outcome, received_at, said_at, location, contact, channel, address, external_id, dialect, type, reason, error,
                              duplicate_of, text, attachments, profile, headers, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        """;

    private const string UpsertContact = """
        INSERT INTO contacts (contact, location, profile, first_seen) VALUES ($1, $2, $3, $4)
        ON CONFLICT (contact, location) DO UPDATE SET profile = excluded.profile
        """;

    /// <summary>Stores the webhook; a message becomes part of what is open unless it is a copy.</summary>
    public static Receipt Append(WriteContext context, WebhookArrival arrival)
    {
        var now = context.Now;
        if (SeenStatements.Find(context, arrival, now) is { } first)
        {
            InsertRow(context, context.NextId(), arrival, WebhookOutcome.Duplicate, now, first);
            return new(WebhookOutcome.Duplicate, first, null);
        }

        var id = context.NextId();
        InsertRow(context, id, arrival, arrival.Outcome, now, duplicateOf: null);
        SeenStatements.Remember(context, arrival, id, now);
        if (arrival.Outcome is WebhookOutcome.Batched && arrival.Message is { } message)
        {
            context.Open.Add(message.Conversation, new(id.Value, now, null, context.Open.Intern(message.Lane.Channel, message.Lane.Address)));
        }
        else if (arrival is { Outcome: WebhookOutcome.Recorded, Conversation: { } conversation, Reason: not WebhookArrival.UnknownLocation })
        {
            MergeContact(context, conversation, [arrival.Profile], now);
        }

        return new(arrival.Outcome, id, arrival.Reason);
    }

    /// <summary>Writes a row, reads it back and takes it away again, all in the group's one commit.</summary>
    public static bool Prove(WriteContext context, WebhookArrival arrival)
    {
        var id = context.NextId();
        InsertRow(context, id, arrival, WebhookOutcome.Recorded, context.Now, duplicateOf: null);
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

    private static void InsertRow(WriteContext context, MessageId id, WebhookArrival arrival, WebhookOutcome outcome, DateTimeOffset now, MessageId? duplicateOf)
    {
        var message = arrival.Message;
        context.Sql.Execute(
            Insert,
            id.Value,
            (long)outcome,
            now.ToColumn(),
            message?.SaidAt.ToColumn(),
            arrival.Conversation?.Location,
            arrival.Conversation?.Contact,
            message?.Lane.Channel,
            message?.Lane.Address,
            message?.ExternalId,
            arrival.Dialect,
            arrival.Type,
            arrival.Reason,
            arrival.Error,
            duplicateOf?.Value,
            message?.Text,
            message is null ? null : Columns.Write(message.Attachments),
            Columns.Write(arrival.Profile),
            arrival.Headers,
            arrival.Body.ToArray());
    }
}
