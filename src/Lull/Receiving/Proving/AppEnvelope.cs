using System.Text.Json;
using Lull.Receiving.Dialects;

namespace Lull.Receiving.Proving;

/// <summary>What GHL writes around an app's event: for which app it is, and when it was sent. Flat, or under <c>data</c>.</summary>
internal readonly record struct AppEnvelope(string? AppId, DateTimeOffset? SentAt)
{
    /// <summary>Of any bytes; empty when they are no JSON object.</summary>
    public static AppEnvelope Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return default;
            }

            var root = new WebhookObject(document.RootElement, "", new());
            var data = root.AnyObject("data");
            return new(root.Loose("appId") ?? data?.Loose("appId"), WebhookText.Instant(root.Loose("timestamp") ?? data?.Loose("timestamp")));
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
