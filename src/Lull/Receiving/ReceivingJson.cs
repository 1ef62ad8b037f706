using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lull.Receiving;

/// <summary>The answers of this room, as they are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(CheckAnswer))]
[JsonSerializable(typeof(JournalAnswer))]
[JsonSerializable(typeof(string))]
internal sealed partial class ReceivingJson : JsonSerializerContext
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>UTC with milliseconds and <c>Z</c>, as everywhere in the contract.</summary>
    public static string Timestamp(DateTimeOffset instant) => instant.ToUniversalTime().ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>The same into a buffer of the caller's, of at least 24 characters.</summary>
    public static ReadOnlySpan<char> Timestamp(DateTimeOffset instant, Span<char> buffer)
    {
        instant.UtcDateTime.TryFormat(buffer, out var written, Format, CultureInfo.InvariantCulture);
        return buffer[..written];
    }
}

/// <summary>The acknowledgement of a stored webhook, and the answer to a replay.</summary>
internal sealed record WebhookAnswer
{
    public string Status { get; init; } = "success";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    public required string Timestamp { get; init; }
    public required string Outcome { get; init; }
    public required string Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
}

/// <summary>The answer of <c>/test-webhook</c>.</summary>
internal sealed record CheckAnswer(string Status, string Message, string Timestamp, IReadOnlyDictionary<string, string> Checks);

/// <summary>One page of the journal, oldest first.</summary>
/// <param name="Next">The <c>after</c> of the next page; null at the end.</param>
internal sealed record JournalAnswer(string Status, IReadOnlyList<JournalLine> Webhooks, string? Next, string Timestamp);

/// <summary>One webhook as the journal shows it.</summary>
internal sealed record JournalLine
{
    public required string Id { get; init; }
    public required string ReceivedAt { get; init; }
    public required string Dialect { get; init; }
    public required string? Type { get; init; }
    public required string? LocationId { get; init; }
    public required string? ContactId { get; init; }
    public required string Outcome { get; init; }
    public required string? Reason { get; init; }
    public required string? Error { get; init; }
    public required string? DuplicateOf { get; init; }
    public required JsonElement Headers { get; init; }

    /// <summary>JSON where it is JSON, else a string.</summary>
    public required JsonElement Body { get; init; }
}
