namespace Lull.Conversations;

/// <summary>How bursts are answered on this node.</summary>
internal sealed record ConversationOptions
{
    /// <summary>A burst due longer ago than this is held for the operator.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Model calls at a time on this node.</summary>
    public int MaxConcurrentReplies { get; init; } = 50;

    /// <summary>Earlier messages given to the model, 0–200.</summary>
    public int HistoryMessages { get; init; } = 20;

    /// <summary>Null = no daily budget.</summary>
    public long? TokensPerDay { get; init; }

    /// <summary>True: everything real but the send.</summary>
    public bool RecordOnly { get; init; } = true;
}
