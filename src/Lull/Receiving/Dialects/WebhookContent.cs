namespace Lull.Receiving.Dialects;

/// <summary>What kind of thing a webhook tells.</summary>
internal enum WebhookKind
{
    /// <summary>Somebody said something.</summary>
    Message,

    /// <summary>Something happened that is worth keeping, for example a new contact.</summary>
    Event,

    /// <summary>A type that the dialect does not know.</summary>
    Unknown,
}

/// <summary>What a dialect read in a webhook, in our words but before any rule of ours.</summary>
internal sealed record WebhookContent
{
    public required WebhookKind Kind { get; init; }

    /// <summary>The webhook's own type, where it names one.</summary>
    public string? Type { get; init; }

    /// <summary>The location it names; null = it names none.</summary>
    public string? Location { get; init; }

    /// <summary>The contact; a message without one is refused.</summary>
    public string? Contact { get; init; }

    public string? Text { get; init; }
    public IReadOnlyList<string> Attachments { get; init; } = [];

    /// <summary>The channel to answer on, see <see cref="Channels"/>; null when it cannot be answered.</summary>
    public string? Channel { get; init; }

    /// <summary>Our own number or address that was written to, where it is told.</summary>
    public string? Address { get; init; }

    /// <summary>True for what our own side said.</summary>
    public bool IsOutbound { get; init; }

    /// <summary>The sender's own id of the message.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The id of this delivery, the same in every repetition.</summary>
    public string? DeliveryId { get; init; }

    public DateTimeOffset? SaidAt { get; init; }
    public ContactProfile? Profile { get; init; }

    /// <summary>For a dialect without message ids: how long the same words on the same channel are the same message.</summary>
    public TimeSpan? RepeatWindow { get; init; }
}
