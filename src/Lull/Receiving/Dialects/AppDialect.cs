using System.Globalization;

namespace Lull.Receiving.Dialects;

/// <summary>
/// Events of a GHL marketplace app, flat as real deliveries are or under <c>data</c> as the vendor's guide shows them (highlevel-api-docs, "docs/webhook events" and issues 224, 255, 260).
/// GHL pauses a webhook that is refused too often, so nothing in such an event is refused: what cannot be used is kept as an event.
/// </summary>
internal sealed class AppDialect : IWebhookDialect
{
    private const string Inbound = "InboundMessage", Outbound = "OutboundMessage";

    private static readonly HashSet<string> Types = new(StringComparer.Ordinal)
    {
        Inbound, Outbound, "ContactCreate", "ContactUpdate", "ContactDelete", "ContactTagUpdate", "ContactDndUpdate", "ConversationUnreadUpdate", "INSTALL", "UNINSTALL",
    };

    public string Name => "app";

    public bool Recognizes(WebhookObject body) => new AppFields(body).Type is { } type && Types.Contains(type);

    public WebhookContent Read(WebhookObject body)
    {
        var told = new AppFields(body);
        var isMessage = told.Type is Inbound or Outbound;
        var contact = told.Id(isMessage ? ["contactId"] : ["contactId", "id"]);
        return new()
        {
            // Who said it is what an answer needs; without that it is a thing that happened.
            Kind = isMessage && contact is not null ? WebhookKind.Message : WebhookKind.Event,
            Type = told.Type,
            Contact = told.Type is "INSTALL" or "UNINSTALL" ? null : contact,
            Location = told.Id("locationId"),
            DeliveryId = told.Id("webhookId"),
            ExternalId = isMessage ? told.Id("messageId", "emailMessageId") : null,
            Text = isMessage ? told.Loose("body") : null,
            Attachments = isMessage ? told.List("attachments", split: false) ?? [] : [],
            Channel = isMessage ? Channel(told) : null,
            Address = isMessage ? told.Loose("to") : null,

            // An event named inbound was seen with our own words in it: the direction is what counts.
            IsOutbound = told.Type is Outbound || string.Equals(told.Loose("direction"), "outbound", StringComparison.OrdinalIgnoreCase),
            SaidAt = isMessage ? WebhookText.Instant(told.Loose("dateAdded")) : null,
            Profile = told.Type is "ContactCreate" or "ContactUpdate" or "ContactTagUpdate" or "ContactDndUpdate" ? Profile(told) : null,
        };
    }

    /// <summary>The number is the surest of the three ways in which GHL names a kind of message.</summary>
    private static string? Channel(AppFields told)
        => int.TryParse(told.Loose("messageTypeId"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Channels.Numbered(number)
            : told.Loose("messageTypeString", "messageType") is { } named ? Channels.Named(named) : null;

    private static ContactProfile Profile(AppFields told) => new()
    {
        Name = told.Loose("name"),
        FirstName = told.Loose("firstName"),
        Phone = told.Loose("phone"),
        Email = told.Loose("email"),
        TimeZone = told.Loose("timezone"),
        Tags = told.List("tags", split: true),
    };
}
