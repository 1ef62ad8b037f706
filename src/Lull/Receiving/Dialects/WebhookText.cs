using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Lull.Receiving.Dialects;

/// <summary>Reads JSON strings as well-formed text: what no text may hold becomes U+FFFD.</summary>
internal static class WebhookText
{
    private const char Replacement = '\ufffd';

    /// <summary>The string without lone surrogates and without U+0000, which no database column holds.</summary>
    public static string Read(JsonElement text) => ReadRaw(text).Replace('\0', Replacement);

    /// <summary>The string with lone surrogates replaced, everything else as it is.</summary>
    public static string ReadRaw(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // The platform refuses escapes such as "\ud800" that are half a character.
            return Unescape(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(text)[1..^1]));
        }
    }

    /// <summary>An instant as ISO 8601 or as Unix seconds or milliseconds; null for anything else.</summary>
    public static DateTimeOffset? Instant(string? text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            const long FirstMillisecondStamp = 100_000_000_000;
            const long LastMillisecondStamp = 253_402_300_799_999;
            return number switch
            {
                < FirstMillisecondStamp => DateTimeOffset.FromUnixTimeSeconds(number),
                <= LastMillisecondStamp => DateTimeOffset.FromUnixTimeMilliseconds(number),
                _ => null,
            };
        }

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var instant) ? instant : null;
    }

    /// <param name="escaped">The inside of a JSON string that the parser found well-formed but for its surrogates.</param>
    private static string Unescape(string escaped)
    {
        var text = new StringBuilder(escaped.Length);
        for (var at = 0; at < escaped.Length; at++)
        {
            if (escaped[at] != '\\')
            {
                text.Append(escaped[at]);
                continue;
            }

            at++;
            if (escaped[at] == 'u')
            {
                text.Append((char)ushort.Parse(escaped.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                at += 4;
            }
            else
            {
                text.Append(Escape(escaped[at]));
            }
        }

        return WellFormed(text.ToString());
    }

    private static char Escape(char letter) => letter switch
    {
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => letter,
    };

    private static string WellFormed(string text)
        => text.EnumerateRunes().Aggregate(new StringBuilder(text.Length), (all, rune) => all.Append(rune.ToString())).ToString();
}
