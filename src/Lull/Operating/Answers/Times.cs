using System.Globalization;

namespace Lull.Operating.Answers;

/// <summary>Instants in requests: ISO 8601 with an offset, as every answer writes them.</summary>
internal static class Times
{
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>The instant, or null when the text is none or names no offset.</summary>
    public static DateTimeOffset? Parse(string text)
        => DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            && (text.EndsWith('Z') || text.AsSpan(19).IndexOfAny('+', '-') >= 0)
            ? instant.ToUniversalTime()
            : null;
}
