using System.Text;
using System.Text.Json;
using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lull.Operating.Endpoints;

/// <summary><c>/contacts</c>: handing out and erasing all that is kept of a contact.</summary>
internal static class ContactEndpoints
{
    private const int Step = 500, MaxExported = 1_000_000;

    public static void Map(RouteGroupBuilder group)
    {
        group.MapDelete("/contacts/{contact_id}", EraseContact).WithName(nameof(EraseContact)).WithTags("Contacts")
            .WithSummary("Erases a contact's profile, messages, replies, journal bodies and dead letters in one step and stops work in flight.").Refuses(404, 409);
        group.MapGet("/contacts/{contact_id}/export", ExportContact).WithName(nameof(ExportContact)).WithTags("Contacts")
            .WithSummary("All that is kept of a contact, as one JSON file.").Refuses(404, 409);
    }

    internal static async Task<Results<Ok<ContactErased>, ProblemHttpResult>> EraseContact(
        [FromRoute(Name = "contact_id")] string contactId, string? location,
        IMessageStore store, ContactLookup contacts, ConversationCalls calls, OperatorActions actions, CancellationToken cancellationToken)
    {
        var (conversation, problem) = await contacts.FindKeptAsync(contactId, location, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var erased = await store.EraseAsync(conversation, cancellationToken);
        actions.Done("erasure", conversation.ToString());
        await calls.StopAsync(conversation, cancellationToken);
        return TypedResults.Ok(new ContactErased
        {
            ContactId = conversation.Contact,
            LocationId = conversation.Location,
            MessagesErased = erased,
            Timestamp = store.Now,
        });
    }

    internal static async Task<Results<Ok<ContactExport>, ProblemHttpResult>> ExportContact(
        [FromRoute(Name = "contact_id")] string contactId, string? location,
        IMessageStore store, BurstWindows windows, ContactLookup contacts, HttpResponse response, CancellationToken cancellationToken)
    {
        var (conversation, problem) = await contacts.FindKeptAsync(contactId, location, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var view = await store.ConversationAsync(conversation, await windows.CurrentAsync(cancellationToken), MaxExported, cancellationToken);
        var webhooks = await WebhooksAsync(conversation, store, cancellationToken);
        response.Headers.ContentDisposition = "attachment; filename=\"contact.json\"";
        return TypedResults.Ok(ContactExport.Of(ConversationStatus.Of(view, store.Now), webhooks));
    }

    private static async Task<IReadOnlyList<ExportedWebhook>> WebhooksAsync(ConversationId conversation, IMessageStore store, CancellationToken cancellationToken)
    {
        var webhooks = new List<ExportedWebhook>();
        IReadOnlyList<JournalEntry> page;
        for (var after = default(MessageId);
            (page = await store.JournalAsync(new(after, null, conversation.Contact, Step), cancellationToken)).Count > 0;
            after = page[^1].Id)
        {
            webhooks.AddRange(page.Where(entry => entry.Conversation == conversation).Select(ExportedWebhook.Of));
        }

        return webhooks;
    }
}

/// <summary>A contact is erased.</summary>
internal sealed record ContactErased
{
    public string Status { get; init; } = "success";
    public string Message { get; init; } = "Contact is erased";
    public required string ContactId { get; init; }
    public required string LocationId { get; init; }
    public required int MessagesErased { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>All that is kept of a contact.</summary>
internal sealed record ContactExport
{
    public required string ContactId { get; init; }
    public required string LocationId { get; init; }
    public required DateTimeOffset? FirstSeen { get; init; }
    public required ProfileStatus Profile { get; init; }
    public required IReadOnlyList<SilenceStatus> Silences { get; init; }
    public required IReadOnlyList<EntryStatus> Messages { get; init; }
    public required IReadOnlyList<ExportedWebhook> Webhooks { get; init; }
    public required DateTimeOffset ExportedAt { get; init; }

    public static ContactExport Of(ConversationStatus conversation, IReadOnlyList<ExportedWebhook> webhooks) => new()
    {
        ContactId = conversation.ContactId,
        LocationId = conversation.LocationId,
        FirstSeen = conversation.FirstSeen,
        Profile = conversation.Profile,
        Silences = conversation.Silences,
        Messages = conversation.Messages,
        Webhooks = webhooks,
        ExportedAt = conversation.Timestamp,
    };
}

/// <summary>One webhook about the contact, as it was received.</summary>
internal sealed record ExportedWebhook
{
    public required string Id { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required string? Type { get; init; }
    public required string Outcome { get; init; }
    public required string? Reason { get; init; }
    public required string? Error { get; init; }
    public required JsonElement Headers { get; init; }
    public required string Body { get; init; }

    public static ExportedWebhook Of(JournalEntry entry) => new()
    {
        Id = entry.Id.ToString(),
        ReceivedAt = entry.ReceivedAt,
        Type = entry.Type,
        Outcome = entry.Outcome.ToString().ToLowerInvariant(),
        Reason = entry.Reason,
        Error = entry.Error,
        Headers = JsonElement.Parse(entry.Headers),
        Body = Encoding.UTF8.GetString(entry.Body),
    };
}
