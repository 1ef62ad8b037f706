using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Lull.Receiving.Proving;

/// <summary>The headers of a webhook as they are stored: a JSON object of strings, without those that carry secrets or signatures.</summary>
internal static class StoredHeaders
{
    private const string ContentType = "content-type", DeliveryId = "webhook-id";

    /// <summary>Parts of names; a header whose name has one of them is not stored.</summary>
    private static readonly SearchValues<string> Telling = SearchValues.Create(
        ["authorization", "cookie", "secret", "signature", "token", "password", "api-key", "apikey"], StringComparison.OrdinalIgnoreCase);

    public static byte[] Write(IHeaderDictionary headers)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in headers)
            {
                if (!name.AsSpan().ContainsAny(Telling))
                {
                    writer.WriteString(name.ToLowerInvariant(), value.ToString());
                }
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What a replay needs of stored headers.</summary>
    public static (WebhookMedia Media, string? DeliveryId) Read(string headers)
    {
        using var document = JsonDocument.Parse(headers);
        var media = WebhookMedias.Of(Text(document.RootElement, ContentType));
        return (media == WebhookMedia.Multipart ? WebhookMedia.Form : media, Text(document.RootElement, DeliveryId));
    }

    public static string ToText(ReadOnlyMemory<byte> headers) => Encoding.UTF8.GetString(headers.Span);

    private static string? Text(JsonElement headers, string name)
        => headers.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
