using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lull.Operating.Endpoints;

/// <summary><c>/messages</c>: the fate of one message.</summary>
internal static class MessageEndpoints
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/messages/{id}", GetMessage).WithName(nameof(GetMessage)).WithTags("Messages")
            .WithSummary("What became of a message, with every step's time.").Refuses(404);
        group.MapGet("/messages", FindMessage).WithName(nameof(FindMessage)).WithTags("Messages")
            .WithSummary("The same by the sender's own message id, within 7 days of its arrival.").Refuses(400, 404, 409);
    }

    internal static async Task<Results<Ok<MessageStatus>, ProblemHttpResult>> GetMessage(
        string id, IMessageStore store, BurstWindows windows, CancellationToken cancellationToken)
        => MessageId.TryParse(id, out var message)
            ? await AnswerAsync(message, store, windows, cancellationToken)
            : Problems.UnknownMessage();

    internal static async Task<Results<Ok<MessageStatus>, ProblemHttpResult>> FindMessage(
        [FromQuery(Name = "external_id")] string? externalId, string? contact, string? location,
        IMessageStore store, BurstWindows windows, ContactLookup contacts, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(externalId) || string.IsNullOrEmpty(contact))
        {
            const string Missing = "must be given";
            var errors = new Dictionary<string, string[]>();
            _ = string.IsNullOrEmpty(externalId) && errors.TryAdd("external_id", [Missing]);
            _ = string.IsNullOrEmpty(contact) && errors.TryAdd("contact", [Missing]);
            return Problems.Invalid(errors);
        }

        var (conversation, problem) = await contacts.FindAsync(contact, location, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        return await store.FindMessageAsync(conversation, externalId, cancellationToken) is { } id
            ? await AnswerAsync(id, store, windows, cancellationToken)
            : Problems.UnknownMessage();
    }

    private static async Task<Results<Ok<MessageStatus>, ProblemHttpResult>> AnswerAsync(
        MessageId id, IMessageStore store, BurstWindows windows, CancellationToken cancellationToken)
        => await store.FateAsync(id, await windows.CurrentAsync(cancellationToken), cancellationToken) is { } fate
            ? TypedResults.Ok(MessageStatus.Of(fate, store.Now))
            : Problems.UnknownMessage();
}

/// <summary>A message's fate as JSON.</summary>
internal sealed record MessageStatus
{
    public string Status { get; init; } = "success";
    public required string Id { get; init; }
    public required string? ContactId { get; init; }
    public required string? LocationId { get; init; }
    public required string? Text { get; init; }

    /// <summary><c>open</c>, <c>answered</c>, <c>suppressed</c>, <c>held</c> or <c>dead_lettered</c>; for what never was a message to answer: the webhook's outcome.</summary>
    public required string State { get; init; }

    public required string? Reason { get; init; }

    /// <summary>For held: what would release it.</summary>
    public required string? Release { get; init; }

    public required string? BatchId { get; init; }
    public required FateReply? Reply { get; init; }
    public required IReadOnlyList<Step> Steps { get; init; }
    public required DateTimeOffset Timestamp { get; init; }

    public static MessageStatus Of(MessageFate fate, DateTimeOffset now) => new()
    {
        Id = fate.Id.ToString(),
        ContactId = fate.Conversation?.Contact,
        LocationId = fate.Conversation?.Location,
        Text = fate.Text,
        State = fate.State,
        Reason = fate.Reason,
        Release = fate.Release,
        BatchId = fate.Batch,
        Reply = fate.Reply is { } reply ? new(reply.Text, reply.SentAt, reply.Batch, reply.MessageCount, reply.Recorded) : null,
        Steps = [.. fate.Steps.Select(step => new Step(step.Name, step.At, step.Batch, step.Attempt, step.Detail))],
        Timestamp = now,
    };
}

/// <summary>The reply that answered a message; recorded = not sent, by the setting DELIVERY.</summary>
internal sealed record FateReply(string Text, DateTimeOffset SentAt, string BatchId, int MessageCount, bool Recorded);

/// <summary>One step of a message's life.</summary>
internal sealed record Step(string Name, DateTimeOffset At, string? BatchId, int? Attempt, string? Detail);
