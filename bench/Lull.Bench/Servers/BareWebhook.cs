using System.Globalization;
using System.Text.Json.Serialization;

namespace Lull.Bench.Servers;

/// <summary>The simple dialect's message, as the yardstick reads it.</summary>
internal sealed record BareWebhook(string Type, BareContact Contact, BareMessage Message);

internal sealed record BareContact(string Id);

internal sealed record BareMessage(string Id, string Text);

/// <summary>Lull's answer to a stored message, with the same members and lengths.</summary>
internal sealed record BareAnswer(string Status, string Message, string Timestamp, string Outcome, string Id)
{
    public static BareAnswer To(BareWebhook webhook) => new(
        "success",
        "Webhook processed successfully",
        DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        "batched",
        webhook.Message.Id);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BareWebhook))]
[JsonSerializable(typeof(BareAnswer))]
internal sealed partial class BareJson : JsonSerializerContext;
