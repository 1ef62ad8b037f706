using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lull.Delivering;

/// <summary>How one request to GoHighLevel ended, before anybody judges what it means.</summary>
internal abstract partial record GoHighLevelAnswer
{
    private GoHighLevelAnswer()
    {
    }

    /// <summary>A status came.</summary>
    /// <param name="Body">Null when it was cut off.</param>
    /// <param name="Wait">How long GoHighLevel asks to wait.</param>
    internal sealed record Answered(HttpStatusCode Status, ReadOnlyMemory<byte>? Body, TimeSpan? Wait) : GoHighLevelAnswer
    {
        public bool IsSuccess => (int)Status is >= 200 and < 300;

        /// <summary>The body as JSON, detached; null when it is none.</summary>
        public JsonElement? Json { get; } = Parse(Body);

        /// <summary>GoHighLevel's own sentence on one short line: its <c>message</c> is a text, or a list of texts.</summary>
        public string Words { get; } = WordsOf(Parse(Body));
    }

    /// <summary>The request may have arrived; no status came.</summary>
    internal sealed record Lost(string Reason) : GoHighLevelAnswer;

    /// <summary>The request certainly did not arrive.</summary>
    internal sealed record NeverSent(string Reason) : GoHighLevelAnswer;

    private const int MaxWords = 300;

    private static JsonElement? Parse(ReadOnlyMemory<byte>? body)
    {
        try
        {
            return body is { } bytes && JsonDocument.Parse(bytes).RootElement is { ValueKind: JsonValueKind.Object } root ? root : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string WordsOf(JsonElement? json)
    {
        if (json is not { } root)
        {
            return "";
        }

        var message = root.Member("message") ?? root.Member("msg") ?? root.Member("error");
        var words = message switch
        {
            { ValueKind: JsonValueKind.Array } list => string.Join("; ", list.EnumerateArray().Select(item => item.AsText()).OfType<string>()),
            _ => message?.AsText() ?? "",
        };
        words = Unprintable().Replace(words, " ").Trim();
        return words.Length <= MaxWords ? words : words[..MaxWords];
    }

    [GeneratedRegex(@"[\p{C}\s]+")]
    private static partial Regex Unprintable();
}

/// <summary>Reads foreign JSON that may lack anything.</summary>
internal static class JsonReading
{
    extension(JsonElement element)
    {
        /// <summary>The member, or null when there is none, it is null, or this is no object.</summary>
        public JsonElement? Member(string name)
            => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        /// <summary>The member when it is a text that is not empty.</summary>
        public string? Text(string name) => element.Member(name)?.AsText() is { Length: > 0 } text ? text : null;

        /// <summary>The value when it is a text; null also for one that is half a character.</summary>
        public string? AsText()
        {
            try
            {
                return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }
    }
}
