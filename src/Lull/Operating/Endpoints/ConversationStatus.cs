namespace Lull.Operating.Endpoints;

/// <summary>A conversation as JSON.</summary>
internal sealed record ConversationStatus
{
    public string Status { get; init; } = "success";
    public required string ContactId { get; init; }
    public required string LocationId { get; init; }
    public required DateTimeOffset? FirstSeen { get; init; }
    public required ProfileStatus Profile { get; init; }
    public required IReadOnlyList<SilenceStatus> Silences { get; init; }
    public required IReadOnlyList<EntryStatus> Messages { get; init; }
    public required DateTimeOffset Timestamp { get; init; }

    public static ConversationStatus Of(ConversationView view, DateTimeOffset now) => new()
    {
        ContactId = view.Conversation.Contact,
        LocationId = view.Conversation.Location,
        FirstSeen = view.FirstSeen,
        Profile = ProfileStatus.Of(view.Profile),
        Silences = [.. view.Silences.Select(silence => new SilenceStatus(silence.Reason, silence.Since, silence.Until))],
        Messages = [.. view.Entries.Select(EntryStatus.Of)],
        Timestamp = now,
    };
}

/// <summary>What is known of the contact.</summary>
internal sealed record ProfileStatus
{
    public required string? Name { get; init; }
    public required string? FirstName { get; init; }
    public required string? Phone { get; init; }
    public required string? Email { get; init; }
    public required string? TimeZone { get; init; }
    public required string? Source { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }

    public static ProfileStatus Of(ContactProfile profile) => new()
    {
        Name = profile.Name,
        FirstName = profile.FirstName,
        Phone = profile.Phone,
        Email = profile.Email,
        TimeZone = profile.TimeZone,
        Source = profile.Source,
        Tags = profile.Tags ?? [],
    };
}

/// <summary>One reason to be silent; <paramref name="Until"/> null = until ended.</summary>
internal sealed record SilenceStatus(string Reason, DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>One message of either side with its fate.</summary>
internal sealed record EntryStatus
{
    /// <summary><c>contact</c> or <c>lull</c>.</summary>
    public required string From { get; init; }

    public required string Id { get; init; }
    public required string Text { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string State { get; init; }
    public required string? Reason { get; init; }
    public required string? BatchId { get; init; }

    public static EntryStatus Of(ConversationEntry entry) => new()
    {
        From = entry.FromContact ? "contact" : "lull",
        Id = entry.Id,
        Text = entry.Text,
        At = entry.At,
        State = entry.State,
        Reason = entry.Reason,
        BatchId = entry.Batch,
    };
}
