using System.Text;
using System.Text.Json;
using Lull.Receiving.Dialects;

namespace Lull.Receiving.Proving;

/// <summary>
/// The secret inside a body, for senders that can send no header: <c>customData.secret</c>. Found in the raw bytes, before anything else looks at them, so that it can be cut out of what is stored.
/// </summary>
/// <param name="Value">What the sender says the secret is.</param>
/// <param name="Start">Where its written form starts, quotes included.</param>
internal readonly record struct BodySecret(string Value, int Start, int Length)
{
    private static ReadOnlySpan<byte> Group => "customData"u8;

    private static ReadOnlySpan<byte> Name => "secret"u8;

    /// <summary>Null when there is none, or when the body is not readable that far.</summary>
    public static BodySecret? Find(ReadOnlySpan<byte> body, WebhookMedia media)
    {
        // Nearly every body has none, and that shows at once.
        if (body.IndexOf(Group) < 0)
        {
            return null;
        }

        return media == WebhookMedia.Form ? FindInForm(body) : FindInJson(body);
    }

    private static BodySecret? FindInJson(ReadOnlySpan<byte> body)
    {
        var preamble = body.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        var reader = new Utf8JsonReader(body[preamble..]);
        try
        {
            return Enter(ref reader, Group) && reader.TokenType == JsonTokenType.StartObject && FindMember(ref reader, Name) && Text(ref reader) is { } value
                ? new(value, (int)reader.TokenStartIndex + preamble, (int)(reader.BytesConsumed - reader.TokenStartIndex))
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
        => reader.Read() && reader.TokenType == JsonTokenType.StartObject && FindMember(ref reader, name);

    /// <summary>Stands on the value of the member when it returns true.</summary>
    private static bool FindMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static string? Text(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => null,
    };

    private static BodySecret? FindInForm(ReadOnlySpan<byte> form)
    {
        foreach (var range in form.Split((byte)'&'))
        {
            var field = form[range];
            if (!FormJson.TryDecode(FormJson.NameOf(field), out var name) || FormJson.Steps(name) is not ["customData", "secret"])
            {
                continue;
            }

            var start = FormJson.ValueStart(field);
            if (FormJson.TryDecode(field[start..], out var value))
            {
                return new(value, range.Start.GetOffset(form.Length) + start, field.Length - start);
            }
        }

        return null;
    }
}
