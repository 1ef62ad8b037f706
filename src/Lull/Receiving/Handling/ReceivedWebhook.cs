using System.Text.Json;
using Lull.Receiving.Dialects;
using Lull.Receiving.Proving;

namespace Lull.Receiving.Handling;

/// <summary>A stored webhook, as a handler sees it.</summary>
/// <param name="Id">The same in every repetition: use it to do things once.</param>
/// <param name="Conversation">Whose it is, where it says so.</param>
/// <param name="Body">The JSON object that was sent, or that the sent form stands for.</param>
internal sealed record ReceivedWebhook(
    MessageId Id, DateTimeOffset ReceivedAt, string? Type, ConversationId? Conversation, WebhookOutcome Outcome, string? Reason, JsonElement Body)
{
    /// <summary>Null when the stored body cannot be read (any more), for example after the contact was erased.</summary>
    public static ReceivedWebhook? From(JournalEntry entry)
    {
        var body = (ReadOnlyMemory<byte>)entry.Body;
        if (StoredHeaders.Read(entry.Headers).Media == WebhookMedia.Form)
        {
            body = FormJson.TryConvert(entry.Body, new(), out var json) ? json : default;
        }

        if (!WebhookJson.TryParse(body, new(), out var document))
        {
            return null;
        }

        using (document)
        {
            return new(entry.Id, entry.ReceivedAt, entry.Type, entry.Conversation, entry.Outcome, entry.Reason, document.RootElement.Clone());
        }
    }
}
