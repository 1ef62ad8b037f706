using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lull.Operating.Endpoints;

/// <summary><c>/batch-status</c> and <c>/force-process-batch</c>: one contact's burst, and skipping its wait.</summary>
internal static class BatchStatusEndpoints
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/batch-status/{contact_id}", GetBatchStatus).WithName(nameof(GetBatchStatus)).WithTags("Queue")
            .WithSummary("A contact's open burst and the last reply.").Refuses(404, 409);
        group.MapPost("/force-process-batch/{contact_id}", ForceProcessBatch).WithName(nameof(ForceProcessBatch)).WithTags("Queue")
            .WithSummary("Answers a contact's open burst now instead of after the silence.")
            .WithDescription("Skips the wait, never a reason to be silent. With a batch in flight the force is kept and runs next.").Refuses(404, 409);
    }

    internal static async Task<Results<Ok<BatchStatus>, ProblemHttpResult>> GetBatchStatus(
        [FromRoute(Name = "contact_id")] string contactId, string? location,
        IMessageStore store, BurstWindows windows, ContactLookup contacts, CancellationToken cancellationToken)
    {
        var (conversation, problem) = await contacts.FindAsync(contactId, location, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var burst = await store.BurstAsync(conversation, await windows.CurrentAsync(cancellationToken), cancellationToken);
        var reply = await store.LastReplyAsync(conversation, cancellationToken);
        var now = store.Now;
        return TypedResults.Ok(new BatchStatus
        {
            ContactId = conversation.Contact,
            Active = burst is not null && burst.State != "held",
            Batch = burst is null ? null : BatchDetails.Of(burst, now),
            LastReply = reply is null ? null : new(reply.Text, reply.SentAt, reply.Batch, reply.MessageCount),
            Timestamp = now,
        });
    }

    internal static async Task<Results<Accepted<ForcedBatch>, ProblemHttpResult>> ForceProcessBatch(
        [FromRoute(Name = "contact_id")] string contactId, string? location,
        IMessageStore store, ContactLookup contacts, ConversationCalls calls, OperatorActions actions, CancellationToken cancellationToken)
    {
        var (conversation, problem) = await contacts.FindAsync(contactId, location, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        if (await store.ForceAsync(conversation, cancellationToken) is not { } forced)
        {
            return Problems.NothingOpen(contactId);
        }

        actions.Done("force", conversation.ToString());
        await calls.WakeAsync(conversation, cancellationToken);
        return TypedResults.Accepted((string?)null, new ForcedBatch
        {
            ContactId = conversation.Contact,
            BatchId = forced.Batch,
            MessageCount = forced.MessageCount,
            Timestamp = store.Now,
        });
    }
}

/// <summary>One contact's burst and last reply.</summary>
internal sealed record BatchStatus
{
    public string Status { get; init; } = "success";
    public required string ContactId { get; init; }

    /// <summary>True while something waits, is being answered or delivered; a held batch is shown but not active.</summary>
    public required bool Active { get; init; }

    public required BatchDetails? Batch { get; init; }
    public required SentReply? LastReply { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>The latest reply that was delivered or recorded.</summary>
internal sealed record SentReply(string Text, DateTimeOffset SentAt, string BatchId, int MessageCount);

/// <summary>What was forced.</summary>
internal sealed record ForcedBatch
{
    public string Status { get; init; } = "success";
    public string Message { get; init; } = "Batch is being processed";
    public required string ContactId { get; init; }
    public required string BatchId { get; init; }
    public required int MessageCount { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}
