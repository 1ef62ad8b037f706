using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lull.Delivering;

/// <summary>One page of a conversation's messages, newest first. The documentation shows it flat, the real answers nest it once more (highlevel-api-docs issue 54).</summary>
/// <param name="Next">Asks for the page of older ones; null on the last.</param>
internal sealed record MessagePage(IReadOnlyList<SentMessage> Messages, string? Next)
{
    /// <summary>Null when the answer is no page.</summary>
    public static MessagePage? Of(JsonElement root)
    {
        var page = root.Member("messages") is { ValueKind: JsonValueKind.Object } nested ? nested : root;
        if (page.Member("messages") is not { ValueKind: JsonValueKind.Array } list)
        {
            return null;
        }

        var messages = list.EnumerateArray().Select(SentMessage.Of).ToList();
        var isLast = messages.Count == 0 || page.Member("nextPage") is { ValueKind: JsonValueKind.False };
        return new(messages, isLast ? null : page.Text("lastMessageId") ?? messages[^1].Id);
    }
}

/// <summary>A message as GoHighLevel keeps it.</summary>
internal sealed partial record SentMessage(string Id, string? Body, string? Direction, string? Source, DateTimeOffset? At)
{
    public static SentMessage Of(JsonElement message) => new(
        message.Text("id") ?? message.Text("messageId") ?? "", message.Text("body"), message.Text("direction"), message.Text("source"), Instant(message.Member("dateAdded")));

    /// <summary>Outbound, not known to come from elsewhere than the API, the same words, and not known to be older. What is not told counts for us: a second send would be worse.</summary>
    public bool CouldBe(string text, DateTimeOffset since)
        => Id.Length > 0
            && string.Equals(Direction, "outbound", StringComparison.OrdinalIgnoreCase)
            && (Source is null || string.Equals(Source, "api", StringComparison.OrdinalIgnoreCase))
            && (At is null || At >= since)
            && Body is not null && Normalised(Body) == Normalised(text);

    /// <summary>ISO 8601, or milliseconds since 1970 as a number or a text: the endpoints differ.</summary>
    private static DateTimeOffset? Instant(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number => number.TryGetDouble(out var milliseconds) ? FromMilliseconds(milliseconds) : null,
        { ValueKind: JsonValueKind.String } text => double.TryParse(text.AsText(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? FromMilliseconds(milliseconds)
            : DateTimeOffset.TryParse(text.AsText(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant
            : null,
        _ => null,
    };

    private static DateTimeOffset? FromMilliseconds(double milliseconds)
        => milliseconds is >= 0 and < 253_402_300_799_000 ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds) : null;

    /// <summary>White space at the ends and its kind and amount inside do not matter; everything else is stored by GoHighLevel as it was sent.</summary>
    private static string Normalised(string text) => Space().Replace(text.Trim(), " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
