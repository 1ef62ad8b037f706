namespace Lull.Storage.Moving;

/// <summary>A table that both stores have, with the columns as PostgreSQL has them.</summary>
/// <param name="Key">What its rows are read in the order of.</param>
/// <param name="HasIdentity">True when the database numbers its rows: it goes on behind the moved ones.</param>
internal sealed record MovedTable(string Name, string Key, IReadOnlyList<MovedColumn> Columns, bool HasIdentity = false)
{
    /// <summary>All of them but <c>seen</c>, which each store keeps in its own way.</summary>
    public static IReadOnlyList<MovedTable> All { get; } =
    [
        Of("messages", "id", "id#, conversation@, outcome., batch#, received_at#, reopened_at#, said_at#, location, contact, channel, address, external_id, dialect, type, "
            + "reason, error, duplicate_of#, origin#, text, attachments, profile, headers, body*"),
        Of("batches", "id", "id#, name, conversation@, location, contact, channel, address, state., attempt+, restarts+, failures+, lost+, first_at#, last_at#, due_at#, "
            + "retry_at#, retry_until#, fault, reason, message_ids[], owner, lease_until#, just_written?, force_used?, reply, model, rehearsal?, tokens_in#, tokens_out#, "
            + "ended_at#") with { HasIdentity = true },
        Of("steps", "batch, id", "batch#, id#, name, attempt+, detail"),
        Of("deliveries", "batch, part", "batch#, part+, state, location, external_id, intent_at#, ended_at#, not_there+, unreadable_since#"),
        Of("contacts", "contact, location", "contact, location, profile, first_seen#, last_reply_at#"),
        Of("forces", "location, contact", "location, contact, up_to#"),
        Of("silences", "location, contact, reason", "location, contact, reason, since#, until#"),
        Of("pauses", "location", "location, reason, since#"),
        Of("faults", "target", "target, reason, since#, until#"),
        Of("cursors", "name", "name, position#"),
        Of("tokens", "day", "day, input#, output#, wasted#"),
        Of("meta", "name", "name, number#, bytes*"),
        Of("attention", "id", "id#, cause, text, first_at#, last_at#, count#, told_at#, cleared_at#") with { HasIdentity = true },
    ];

    // A mark behind the name says what it is; none is a text.
    private static MovedTable Of(string name, string key, string columns)
        => new(name, key, [.. columns.Split(", ").Select(column => new MovedColumn(column.TrimEnd('#', '+', '.', '?', '*', '@', '[', ']'), column[^1] switch
        {
            '#' => MovedType.Number,
            '+' => MovedType.Whole,
            '.' => MovedType.Small,
            '?' => MovedType.Flag,
            '*' => MovedType.Bytes,
            '@' => MovedType.Conversation,
            ']' => MovedType.Numbers,
            _ => MovedType.Text,
        }))]);
}

/// <summary>A column of a <see cref="MovedTable"/>.</summary>
internal sealed record MovedColumn(string Name, MovedType Type);
