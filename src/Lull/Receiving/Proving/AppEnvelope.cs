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

            var fields = new AppFields(new(document.RootElement, "", new()));
            return new(fields.Loose("appId"), WebhookText.Instant(fields.Loose("timestamp")));
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
