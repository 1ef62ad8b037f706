using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lull.Operating.Endpoints;

/// <summary><c>/conversations</c>: both sides of one, and the operator's pause of it.</summary>
internal static class ConversationEndpoints
{
    /// <summary>The silence that an operator's pause is recorded as.</summary>
    internal const string PausedReason = "paused";

    private const int MinMinutes = 1, MaxMinutes = 525_600;

    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/conversations/{contact_id}", GetConversation).WithName(nameof(GetConversation)).WithTags("Conversations")
            .WithSummary("Both sides of a conversation with their fates, the profile and the silences in force.")
            .WithDescription("The latest 'limit' entries, oldest first.").Refuses(400, 404, 409);
        group.MapPost("/conversations/{contact_id}/pause", PauseConversation).WithName(nameof(PauseConversation)).WithTags("Conversations")
            .WithSummary("Stops replies to one contact.")
            .WithDescription("For 'minutes' (1 to 525600), or until resumed when null. What is due meanwhile is suppressed; nothing is answered in arrears.")
            .Takes<ConversationPause>(required: false).Refuses(400, 404, 409, 413, 415);
        group.MapPost("/conversations/{contact_id}/resume", ResumeConversation).WithName(nameof(ResumeConversation)).WithTags("Conversations")
            .WithSummary("Ends the operator's pause of one contact.").Refuses(404, 409);
    }

    internal static async Task<Results<Ok<ConversationStatus>, ProblemHttpResult>> GetConversation(
        [FromRoute(Name = "contact_id")] string contactId, string? location, string? limit,
        IMessageStore store, BurstWindows windows, ContactLookup contacts, CancellationToken cancellationToken)
    {
        var (page, wrong) = new PageQuery { Limit = limit }.Read();
        if (wrong is not null)
        {
            return wrong;
        }

        var (conversation, problem) = await contacts.FindAsync(contactId, location, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var view = await store.ConversationAsync(conversation, await windows.CurrentAsync(cancellationToken), page.Limit, cancellationToken);
        return TypedResults.Ok(ConversationStatus.Of(view, store.Now));
    }

    internal static async Task<Results<Ok<ConversationPaused>, ProblemHttpResult>> PauseConversation(
        [FromRoute(Name = "contact_id")] string contactId, string? location, HttpRequest request,
        IMessageStore store, ContactLookup contacts, ConversationCalls calls, OperatorActions actions, CancellationToken cancellationToken)
    {
        var (body, unreadable) = await StrictBody.ReadAsync(request, cancellationToken);
        var minutes = body.Whole("minutes", MinMinutes, MaxMinutes, mayBeNull: true);
        if ((unreadable ?? body.Problem()) is { } invalid)
        {
            return invalid;
        }

        var (conversation, problem) = await contacts.FindAsync(contactId, location, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        DateTimeOffset? until = minutes is { } length ? store.Now.AddMinutes(length) : null;
        await store.SilenceAsync(conversation, PausedReason, until, cancellationToken);
        actions.Done("pause", conversation.ToString());
        await calls.StopAsync(conversation, cancellationToken);
        await calls.WakeAsync(conversation, cancellationToken);
        return TypedResults.Ok(new ConversationPaused
        {
            Message = "Conversation is paused", Paused = true, Until = until,
            ContactId = conversation.Contact, LocationId = conversation.Location, Timestamp = store.Now,
        });
    }

    internal static async Task<Results<Ok<ConversationPaused>, ProblemHttpResult>> ResumeConversation(
        [FromRoute(Name = "contact_id")] string contactId, string? location,
        IMessageStore store, ContactLookup contacts, ConversationCalls calls, OperatorActions actions, CancellationToken cancellationToken)
    {
        var (conversation, problem) = await contacts.FindAsync(contactId, location, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var wasPaused = await store.EndSilenceAsync(conversation, PausedReason, cancellationToken);
        actions.Done("resumption", conversation.ToString());
        await calls.WakeAsync(conversation, cancellationToken);
        return TypedResults.Ok(new ConversationPaused
        {
            Message = wasPaused ? "Conversation is resumed" : "Conversation was not paused", Paused = false, Until = null,
            ContactId = conversation.Contact, LocationId = conversation.Location, Timestamp = store.Now,
        });
    }
}

/// <summary>What <c>POST /conversations/{contact_id}/pause</c> takes.</summary>
internal sealed record ConversationPause(int? Minutes);

/// <summary>Whether one conversation is paused by the operator.</summary>
internal sealed record ConversationPaused
{
    public string Status { get; init; } = "success";
    public required string Message { get; init; }
    public required string ContactId { get; init; }
    public required string LocationId { get; init; }
    public required bool Paused { get; init; }

    /// <summary>Null = until resumed.</summary>
    public required DateTimeOffset? Until { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}
