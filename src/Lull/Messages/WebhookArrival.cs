namespace Lull.Messages;

/// <summary>What became of a webhook. The names in lower case are the contract's <c>outcome</c>. The numbers are stored: never renumber.</summary>
internal enum WebhookOutcome
{
    Batched = 1,
    Duplicate = 2,
    Recorded = 3,
    Ignored = 4,

    /// <summary>Answered with 400; kept in the journal only, so that an operator sees what was wrong with it.</summary>
    Rejected = 5,
}

/// <summary>One proven webhook, understood, ready to be stored. Holds no secret any more.</summary>
internal sealed record WebhookArrival
{
    /// <summary>The <see cref="Reason"/> of what names a location that is not answered: kept in the journal only, its contact is none of ours.</summary>
    public const string UnknownLocation = "unknown_location";

    /// <summary><c>simple</c>, <c>workflow</c>, …: which reader understood it.</summary>
    public required string Dialect { get; init; }

    /// <summary>The event's own type, where it names one.</summary>
    public string? Type { get; init; }

    /// <summary>The body as received, secrets removed.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Headers as a JSON object of strings, secrets removed; includes <c>content-type</c>.</summary>
    public required string Headers { get; init; }

    /// <summary>Batched (a message), Recorded (understood, not to be answered), Ignored (unknown type) or Rejected. Duplicate is the store's verdict.</summary>
    public required WebhookOutcome Outcome { get; init; }

    /// <summary>Why it is recorded: <c>empty</c>, <c>event</c>, <c>unknown_location</c>, …</summary>
    public string? Reason { get; init; }

    /// <summary>What was wrong with a rejected one.</summary>
    public string? Error { get; init; }

    public ConversationId? Conversation { get; init; }

    /// <summary>Set when <see cref="Outcome"/> is Batched.</summary>
    public InboundMessage? Message { get; init; }

    public ContactProfile? Profile { get; init; }

    /// <summary>By what a second copy is known; any one of them suffices.</summary>
    public IReadOnlyList<DuplicateKey> DuplicateKeys { get; init; } = [];
}

/// <summary>Something that a second copy of a webhook shares with the first.</summary>
/// <param name="Text">The whole identity, including what kind of key it is and whose; only a keyed hash of it is stored.</param>
/// <param name="Window">How long it is remembered, by the store's clock.</param>
/// <param name="EndsWithReply">True when a reply to the contact ends the memory: the same words after an answer are new words.</param>
internal sealed record DuplicateKey(string Text, TimeSpan Window, bool EndsWithReply)
{
    /// <summary>How long a message id or a delivery id is remembered.</summary>
    public static readonly TimeSpan IdWindow = TimeSpan.FromDays(7);

    /// <summary>The key of a message by its sender's own id; its text is also how a message is found by that id.</summary>
    public static DuplicateKey ForMessage(ConversationId conversation, string externalId)
        => new($"message:{conversation}:{externalId}", IdWindow, EndsWithReply: false);
}

/// <summary>The store's answer to an arrival, given only once it is committed.</summary>
/// <param name="Id">Asks for the fate; a duplicate has the first one's id.</param>
/// <param name="IsInFlight">True when a step of this conversation is being taken now, on whatever node: it must hear of the message.</param>
internal readonly record struct Receipt(WebhookOutcome Outcome, MessageId Id, string? Reason, bool IsInFlight = false);
