using System.Runtime.CompilerServices;
using Lull.Conversations;
using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lull.Operating.Endpoints;

/// <summary><c>/dead-letters</c>: bursts that were refused for good, and trying them again.</summary>
internal static class DeadLetterEndpoints
{
    private const int Step = 500;

    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/dead-letters", GetDeadLetters).WithName(nameof(GetDeadLetters)).WithTags("Dead letters")
            .WithSummary("The dead-lettered batches, oldest first.").Refuses(400);
        group.MapPost("/dead-letters/{batch_id}/retry", RetryDeadLetter).WithName(nameof(RetryDeadLetter)).WithTags("Dead letters")
            .WithSummary("Gives one batch's messages back to what is open; they pass every check again.").Refuses(404);
        group.MapPost("/dead-letters/retry", RetryDeadLetters).WithName(nameof(RetryDeadLetters)).WithTags("Dead letters")
            .WithSummary("The same for all that match.")
            .WithDescription("'location' equals, 'reason' is contained (in any case), 'since' is not after the moment of the dead-lettering. Nothing given: all of them.")
            .Takes<DeadLetterFilter>(required: false).Refuses(400, 413, 415);
    }

    internal static async Task<Results<Ok<DeadLetterPage>, ProblemHttpResult>> GetDeadLetters(
        [AsParameters] PageQuery query, IMessageStore store, CancellationToken cancellationToken)
    {
        var (batches, next, problem) = await EndedBatches.PageAsync(BatchState.DeadLettered, query, store, cancellationToken);
        return problem is null ? TypedResults.Ok(new DeadLetterPage { DeadLetters = batches, Next = next, Timestamp = store.Now }) : problem;
    }

    internal static async Task<Results<Ok<BatchAction>, ProblemHttpResult>> RetryDeadLetter(
        [FromRoute(Name = "batch_id")] string batchId,
        IMessageStore store, ConversationCalls calls, OperatorActions actions, CancellationToken cancellationToken)
        => await EndedBatches.ReopenAsync(batchId, BatchState.DeadLettered, "retry", store, calls, actions, cancellationToken) is { } action
            ? TypedResults.Ok(action)
            : Problems.UnknownBatch(batchId, "dead-lettered");

    internal static async Task<Results<Ok<DeadLettersRetried>, ProblemHttpResult>> RetryDeadLetters(
        HttpRequest request, IMessageStore store, IDueLine line, OperatorActions actions, CancellationToken cancellationToken)
    {
        var (body, unreadable) = await StrictBody.ReadAsync(request, cancellationToken);
        var filter = new DeadLetterFilter(body.Location(), body.Text("reason"), body.Instant("since"));
        if ((unreadable ?? body.Problem()) is { } problem)
        {
            return problem;
        }

        var retried = 0;
        await foreach (var batch in MatchingAsync(filter, store, cancellationToken))
        {
            if (await store.ReopenAsync(batch, BatchState.DeadLettered, cancellationToken) is not null)
            {
                retried++;
                actions.Done("retry", batch);
            }
        }

        line.Reread();
        return TypedResults.Ok(new DeadLettersRetried { Retried = retried, Timestamp = store.Now });
    }

    /// <summary>Ends at what was dead-lettered after the request began, so that a batch which fails again at once is not retried for ever.</summary>
    private static async IAsyncEnumerable<string> MatchingAsync(
        DeadLetterFilter filter, IMessageStore store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var began = store.Now;
        IReadOnlyList<EndedBatch> page;
        for (long after = 0; (page = await store.EndedAsync(BatchState.DeadLettered, after, Step, cancellationToken)).Count > 0; after = page[^1].Position)
        {
            foreach (var batch in page.Where(batch => batch.At <= began && filter.Matches(batch)))
            {
                yield return batch.Batch;
            }

            if (page[^1].At > began)
            {
                yield break;
            }
        }
    }
}

/// <summary>What <c>POST /dead-letters/retry</c> takes.</summary>
internal sealed record DeadLetterFilter(string? Location, string? Reason, DateTimeOffset? Since)
{
    public bool Matches(EndedBatch batch)
        => (Location is null || batch.Conversation.Location == Location)
            && (Reason is null || batch.Reason.Contains(Reason, StringComparison.OrdinalIgnoreCase))
            && (Since is null || batch.At >= Since);
}

/// <summary>One page of the dead-lettered batches.</summary>
internal sealed record DeadLetterPage
{
    public string Status { get; init; } = "success";
    public required IReadOnlyList<EndedBatchStatus> DeadLetters { get; init; }
    public required string? Next { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>How many were given back.</summary>
internal sealed record DeadLettersRetried
{
    public string Status { get; init; } = "success";
    public required int Retried { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}
