namespace Lull.Messages;

/// <summary>What a contact said, in our terms.</summary>
internal sealed record InboundMessage
{
    public required ConversationId Conversation { get; init; }

    /// <summary>Well-formed text without U+0000; empty only when there are attachments.</summary>
    public required string Text { get; init; }

    public required Lane Lane { get; init; }

    /// <summary>Addresses of what was attached, as the webhook named them.</summary>
    public IReadOnlyList<string> Attachments { get; init; } = [];

    /// <summary>The sender's own id of the message, unique per location and contact.</summary>
    public string? ExternalId { get; init; }

    /// <summary>When the sender says it was said; orders the messages of a burst, measures nothing.</summary>
    public DateTimeOffset? SaidAt { get; init; }
}
