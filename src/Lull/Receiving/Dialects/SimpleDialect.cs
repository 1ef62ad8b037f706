namespace Lull.Receiving.Dialects;

/// <summary>The plain dialect for any service: <c>{"type":"contact.reply","contact":{"id":…},"message":…}</c> and <c>contact.created</c>.</summary>
internal sealed class SimpleDialect : IWebhookDialect
{
    private const string Reply = "contact.reply", Created = "contact.created";

    public string Name => "simple";

    public bool Recognizes(WebhookObject body) => body.Loose("type") is Reply or Created;

    public WebhookContent Read(WebhookObject body)
    {
        var type = body.Text("type");
        var contact = body.Object("contact");
        var id = contact?.Id("id");
        if (id is null)
        {
            body.Complain("contact.id", "is required: the id of the contact, a string");
        }

        var content = new WebhookContent
        {
            Kind = type == Reply ? WebhookKind.Message : WebhookKind.Event,
            Type = type,
            Contact = id,
            Location = body.Id("location_id", "locationId") ?? body.AnyObject("location")?.Id("id"),
            DeliveryId = body.Id("webhookId"),
            Profile = Profile(body, contact),
        };
        return type == Reply ? ReadMessage(body, content) : content;
    }

    private static WebhookContent ReadMessage(WebhookObject body, WebhookContent content)
    {
        var (text, message) = body.TextOrObject("message");
        var channel = message?.Loose("channel") ?? body.Loose("channel");
        return content with
        {
            Text = text ?? FirstSaid(message?.Text("content"), message?.Text("body"), message?.Text("text")),
            Attachments = message?.List("attachments", split: false) ?? body.List("attachments", split: false) ?? [],
            ExternalId = message?.Id("id", "message_id") ?? body.Id("message_id", "messageId"),
            Channel = channel is null ? Lane.DefaultChannel : Channels.Named(channel),
            IsOutbound = IsOutbound(message?.Loose("direction") ?? body.Loose("direction")),
            SaidAt = WebhookText.Instant(message?.Loose("said_at", "timestamp") ?? body.Loose("said_at", "timestamp")),
        };
    }

    // A template that fills in one of the three leaves the others empty.
    private static string? FirstSaid(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                return text;
            }
        }

        return null;
    }

    private static bool IsOutbound(string? direction) => string.Equals(direction, "outbound", StringComparison.OrdinalIgnoreCase);

    private static ContactProfile Profile(WebhookObject body, WebhookObject? contact) => new()
    {
        Name = contact?.Loose("name", "full_name") ?? body.Loose("full_name", "name"),
        FirstName = contact?.Loose("first_name", "firstName") ?? body.Loose("first_name", "firstName"),
        Phone = contact?.Loose("phone") ?? body.Loose("phone"),
        Email = contact?.Loose("email") ?? body.Loose("email"),
        TimeZone = contact?.Loose("timezone") ?? body.Loose("timezone"),
        Source = body.AnyObject("customData")?.Loose("sourceforai") ?? body.Loose("sourceforai") ?? contact?.Loose("sourceforai"),
        Tags = contact?.List("tags", split: true) ?? body.List("tags", split: true),
    };
}
