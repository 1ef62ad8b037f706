using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;

namespace Lull.Receiving.Proving;

/// <summary>The headers of a webhook as they are stored: a JSON object of strings, without those that carry secrets or signatures.</summary>
internal sealed class StoredHeaders(SecretMask mask)
{
    private const string ContentType = "content-type", DeliveryId = "webhook-id";

    private const int MaxKnownNames = 1000;

    /// <summary>Parts of names; a header whose name has one of them is not stored.</summary>
    private static readonly SearchValues<string> Telling = SearchValues.Create(
        ["authorization", "cookie", "secret", "signature", "token", "password", "api-key", "apikey"], StringComparison.OrdinalIgnoreCase);

    private readonly ObjectPool<JsonBuffer> _buffers = JsonBuffer.Pool();

    // The same few names come with every webhook. Null = not to be stored.
    private readonly ConcurrentDictionary<string, JsonEncodedText?> _names = new(StringComparer.Ordinal);

    public string Write(IHeaderDictionary headers)
    {
        var buffer = _buffers.Get();
        try
        {
            var writer = buffer.Writer;
            writer.WriteStartObject();
            foreach (var (name, value) in headers)
            {
                if (NameOf(name) is { } stored)
                {
                    writer.WriteString(stored, value.ToString());
                }
            }

            writer.WriteEndObject();
            writer.Flush();
            return mask.IsEmpty ? Encoding.UTF8.GetString(buffer.Written)
                : Encoding.UTF8.GetString(mask.Clean(buffer.Written.ToArray(), found: null, WebhookMedia.Json).Span);
        }
        finally
        {
            _buffers.Return(buffer);
        }
    }

    /// <summary>What a replay needs of stored headers.</summary>
    public static (WebhookMedia Media, string? DeliveryId) Read(string headers)
    {
        using var document = JsonDocument.Parse(headers);
        var media = WebhookMedias.Of(Text(document.RootElement, ContentType));
        return (media == WebhookMedia.Multipart ? WebhookMedia.Form : media, Text(document.RootElement, DeliveryId));
    }

    private JsonEncodedText? NameOf(string name)
    {
        if (_names.TryGetValue(name, out var known))
        {
            return known;
        }

        JsonEncodedText? stored = name.AsSpan().ContainsAny(Telling) ? null : JsonEncodedText.Encode(name.ToLowerInvariant());
        if (_names.Count < MaxKnownNames)
        {
            _names.TryAdd(name, stored);
        }

        return stored;
    }

    private static string? Text(JsonElement headers, string name)
        => headers.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
