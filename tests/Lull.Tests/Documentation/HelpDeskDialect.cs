using Lull.Receiving.Dialects;

namespace Lull.Extensions;

/// <summary>A help desk's webhook: <c>{"ticket":{"requester_id":"u7"},"comment":{"id":"k1","text":"Hello"}}</c>.</summary>
internal sealed class HelpDeskDialect : IWebhookDialect
{
    public string Name => "help-desk";

    public bool Recognizes(WebhookObject body) => body.Has("ticket") && body.Has("comment");

    public WebhookContent Read(WebhookObject body)
    {
        var comment = body.Object("comment");
        var contact = body.Object("ticket")?.Id("requester_id");
        if (contact is null)
        {
            body.Complain("ticket.requester_id", "is required: who wrote the comment");
        }

        return new()
        {
            Kind = WebhookKind.Message,
            Contact = contact,
            ExternalId = comment?.Id("id"),
            Text = comment?.Text("text"),
            Channel = Channels.Named("SMS"),
        };
    }
}
