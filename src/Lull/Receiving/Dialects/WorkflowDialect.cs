using System.Globalization;

namespace Lull.Receiving.Dialects;

/// <summary>
/// GHL's workflow action "Webhook": snake_case, no <c>type</c>, no message id; the user's own values under <c>customData</c>
/// (help.gohighlevel.com, article 155000003299). "Custom Webhook" bodies with <c>contactId</c> and a plain <c>message</c> are read too.
/// </summary>
internal sealed class WorkflowDialect : IWebhookDialect
{
    private static readonly TimeSpan RepeatWindow = TimeSpan.FromSeconds(60);

    public string Name => "workflow";

    public bool Recognizes(WebhookObject body) => !body.Has("type") && (body.Has("contact_id") || body.Has("contactId"));

    public WebhookContent Read(WebhookObject body)
    {
        var contact = body.Id("contact_id", "contactId");
        if (contact is null)
        {
            body.Complain(body.Has("contact_id") ? "contact_id" : "contactId", "is required: the id of the contact, a string");
        }

        var (text, message) = body.TextOrObject("message");
        var custom = body.AnyObject("customData");
        return new()
        {
            Kind = WebhookKind.Message,
            Contact = contact,
            Location = body.AnyObject("location")?.Id("id") ?? body.Id("locationId", "location_id"),
            DeliveryId = body.Id("webhookId"),
            Text = Words(text ?? message?.Text("body"), custom),
            Channel = Channel(message, custom),
            IsOutbound = string.Equals(message?.Loose("direction") ?? body.Loose("direction"), "outbound", StringComparison.OrdinalIgnoreCase),
            Profile = Profile(body, custom),
            RepeatWindow = RepeatWindow,
        };
    }

    private static string? Words(string? words, WebhookObject? custom)
        => string.IsNullOrWhiteSpace(words) ? custom?.Loose("message") : words;

    private static string? Channel(WebhookObject? message, WebhookObject? custom)
    {
        // What GHL itself says of the message beats what the user wrote into the workflow for all of them.
        var named = message?.Loose("type") ?? custom?.Loose("channel");
        return named switch
        {
            null => Lane.DefaultChannel,
            _ when int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => Channels.Numbered(number),
            _ => Channels.Named(named),
        };
    }

    private static ContactProfile Profile(WebhookObject body, WebhookObject? custom) => new()
    {
        Name = body.Loose("full_name", "name"),
        FirstName = body.Loose("first_name", "firstName"),
        Phone = body.Loose("phone"),
        Email = body.Loose("email"),
        TimeZone = body.Loose("timezone"),
        Source = custom?.Loose("sourceforai") ?? body.Loose("sourceforai"),
        Tags = body.List("tags", split: true),
    };
}
