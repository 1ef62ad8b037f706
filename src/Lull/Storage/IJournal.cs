namespace Lull.Storage;

/// <summary>Every webhook that was proven, in the order of storing.</summary>
internal interface IJournal
{
    /// <summary>
    /// With <c>After</c>: the entries stored after it, oldest first. Without: the latest, oldest first. Never more than <c>Limit</c>.
    /// </summary>
    Task<IReadOnlyList<JournalEntry>> JournalAsync(JournalQuery query, CancellationToken cancellationToken);

    /// <summary>One entry with its body, or null.</summary>
    Task<JournalEntry?> JournalEntryAsync(MessageId id, CancellationToken cancellationToken);

    /// <summary>Adds what a handler had to complain of to the entry's error.</summary>
    Task NoteErrorAsync(MessageId id, string error, CancellationToken cancellationToken);

    /// <summary>How far a reader of the journal has come; 0 for a new name.</summary>
    Task<MessageId> CursorAsync(string name, CancellationToken cancellationToken);

    /// <summary>Remembers how far a reader of the journal has come.</summary>
    Task MoveCursorAsync(string name, MessageId to, CancellationToken cancellationToken);

    /// <summary>Deletes up to <paramref name="limit"/> rows that are older than what is to be kept; open, held and dead-lettered ones stay. Null = keep all.</summary>
    /// <returns>How many were deleted; less than the limit = done.</returns>
    Task<int> PruneAsync(DateTimeOffset? messagesBefore, DateTimeOffset? journalBefore, int limit, CancellationToken cancellationToken);
}

internal sealed record JournalQuery(MessageId? After, WebhookOutcome? Outcome, string? Contact, int Limit);

/// <summary>One webhook as it was received.</summary>
internal sealed record JournalEntry
{
    public required MessageId Id { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required string Dialect { get; init; }
    public string? Type { get; init; }
    public ConversationId? Conversation { get; init; }
    public required WebhookOutcome Outcome { get; init; }
    public string? Reason { get; init; }

    /// <summary>What was wrong with it, or what a handler had to complain of.</summary>
    public string? Error { get; init; }

    /// <summary>For a duplicate: the first one's id.</summary>
    public MessageId? DuplicateOf { get; init; }

    /// <summary>JSON object of strings, without secrets.</summary>
    public required string Headers { get; init; }

    public required byte[] Body { get; init; }
}
