using System.Text.Json.Serialization;

namespace Lull.Operating.Endpoints;

/// <summary>A burst as <c>/queue-status</c> and <c>/batch-status</c> show it.</summary>
internal sealed record BatchDetails
{
    public required string BatchId { get; init; }
    public required string ContactId { get; init; }
    public required string LocationId { get; init; }
    public required DateTimeOffset StartTime { get; init; }
    public required DateTimeOffset LastMessageTime { get; init; }
    public required int MessageCount { get; init; }
    public required IReadOnlyList<string> Messages { get; init; }

    /// <summary>Whole seconds, rounded up; 0 once due.</summary>
    public required long TimeRemaining { get; init; }

    /// <summary><c>waiting</c>, <c>replying</c>, <c>delivering</c> or <c>held</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it is held, or what its retry waits for; left out when there is no such reason.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    public static BatchDetails Of(BurstView burst, DateTimeOffset now) => new()
    {
        BatchId = burst.Batch,
        ContactId = burst.Conversation.Contact,
        LocationId = burst.Conversation.Location,
        StartTime = burst.StartTime,
        LastMessageTime = burst.LastMessageTime,
        MessageCount = burst.Messages.Count,
        Messages = [.. burst.Messages.Select(message => message.Text)],
        TimeRemaining = SecondsUntil(burst.DueAt, now),
        State = burst.State,
        Reason = burst.Reason,
    };

    private static long SecondsUntil(DateTimeOffset due, DateTimeOffset now)
        => due <= now ? 0 : (long)Math.Ceiling((due - now).TotalSeconds);
}
