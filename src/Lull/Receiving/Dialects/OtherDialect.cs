using System.Text;

namespace Lull.Receiving.Dialects;

/// <summary>Whatever names a type that no dialect knows: kept for the journal and for handlers, never a message.</summary>
internal sealed class OtherDialect : IWebhookDialect
{
    public string Name => "other";

    public bool Recognizes(WebhookObject body) => true;

    public WebhookContent Read(WebhookObject body)
    {
        var type = body.Text("type");
        if (string.IsNullOrEmpty(type))
        {
            body.Complain("type", "is required (or contact_id, as GoHighLevel's workflow webhook sends it)");
        }
        else if (Encoding.UTF8.GetByteCount(type) > ConversationId.MaxPartBytes)
        {
            body.Complain("type", "must be at most 256 bytes");
        }

        return new()
        {
            Kind = WebhookKind.Unknown,
            Type = type,
            Contact = Valid(body.AnyObject("contact")?.Loose("id") ?? body.Loose("contact_id", "contactId")),
            Location = Valid(body.Loose("location_id", "locationId") ?? body.AnyObject("location")?.Loose("id")),
            DeliveryId = Valid(body.Loose("webhookId")),
        };
    }

    // Nothing is known of such a webhook, so an odd id is no reason to refuse it.
    private static string? Valid(string? id) => ConversationId.IsValidPart(id) ? id : null;
}
