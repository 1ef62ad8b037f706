using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Lull.Receiving.Dialects;

/// <summary>A JSON object of a webhook's body, read with complaints instead of exceptions. Null and missing are the same.</summary>
internal readonly struct WebhookObject(JsonElement element, string path, FieldErrors errors)
{
    public JsonElement Element => element;

    public void Complain(string name, string complaint) => errors.Add(path.Length == 0 ? name : $"{path}.{name}", complaint);

    public bool Has(string name) => TryGet(name, out _);

    /// <summary>A member that must be an object if it is there.</summary>
    public WebhookObject? Object(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return Child(name, value);
        }

        Complain(name, "must be an object");
        return null;
    }

    /// <summary>A member that is taken when it is an object and left aside when it is anything else.</summary>
    public WebhookObject? AnyObject(string name)
        => TryGet(name, out var value) && value.ValueKind == JsonValueKind.Object ? Child(name, value) : null;

    /// <summary>A member that must be a string if it is there; well-formed, without U+0000.</summary>
    public string? Text(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return WebhookText.Read(value);
        }

        Complain(name, "must be a string");
        return null;
    }

    /// <summary>A member that must be a string or an object if it is there.</summary>
    public (string? Text, WebhookObject? Object) TextOrObject(string name)
    {
        switch (KindOf(name))
        {
            case JsonValueKind.Undefined:
                return default;
            case JsonValueKind.String:
                return (Text(name), null);
            case JsonValueKind.Object:
                return (null, Object(name));
            default:
                Complain(name, "must be a string or an object");
                return default;
        }
    }

    /// <summary>The first member of these names that is there, as an id; empty counts as missing, anything that is no id as an error.</summary>
    public string? Id(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!TryGet(name, out var value))
            {
                continue;
            }

            if (value.ValueKind != JsonValueKind.String)
            {
                Complain(name, "must be a string");
                return null;
            }

            // The placeholder of a template that had nothing to fill in arrives as an empty string.
            var id = WebhookText.ReadRaw(value);
            if (id.Length == 0)
            {
                continue;
            }

            if (ConversationId.IsValidPart(id))
            {
                return id;
            }

            Complain(name, "must be 1 to 256 bytes of UTF-8 without control characters");
            return null;
        }

        return null;
    }

    /// <summary>The first of these names with a text or a number that is not blank; anything else is left aside.</summary>
    public string? Loose(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!TryGet(name, out var value))
            {
                continue;
            }

            var text = value.ValueKind switch
            {
                JsonValueKind.String => WebhookText.Read(value),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            };
            if (!string.IsNullOrWhiteSpace(text))
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>A list of texts: an array of strings (or of objects with a <c>url</c>), or one string, split at commas if <paramref name="split"/>.</summary>
    /// <returns>Null when the member is missing.</returns>
    public IReadOnlyList<string>? List(string name, bool split)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.String when split => WebhookText.Read(value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            JsonValueKind.String => WebhookText.Read(value) is { Length: > 0 } one ? [one] : [],
            JsonValueKind.Array => [.. value.EnumerateArray().Select(Item).OfType<string>()],
            _ => null,
        };
    }

    private JsonValueKind KindOf(string name) => TryGet(name, out var value) ? value.ValueKind : JsonValueKind.Undefined;

    private static string? Item(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.String => WebhookText.Read(item) is { Length: > 0 } text ? text : null,
        JsonValueKind.Object => new WebhookObject(item, "", new()).Loose("url"),
        _ => null,
    };

    private WebhookObject Child(string name, JsonElement value) => new(value, path.Length == 0 ? name : $"{path}.{name}", errors);

    private bool TryGet(string name, [MaybeNullWhen(false)] out JsonElement value)
        => element.TryGetProperty(name, out value) && value.ValueKind is not JsonValueKind.Null;
}
