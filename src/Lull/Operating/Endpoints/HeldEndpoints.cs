using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lull.Operating.Endpoints;

/// <summary><c>/held</c>: bursts that wait for an operator's word, or for a fault to be mended.</summary>
internal static class HeldEndpoints
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/held", GetHeld).WithName(nameof(GetHeld)).WithTags("Held")
            .WithSummary("The held batches with what would release them, oldest first.").Refuses(400);
        group.MapPost("/held/{batch_id}/release", ReleaseHeld).WithName(nameof(ReleaseHeld)).WithTags("Held")
            .WithSummary("Gives a held batch's messages back to what is open; they pass every check again.").Refuses(404);
        group.MapPost("/held/{batch_id}/drop", DropHeld).WithName(nameof(DropHeld)).WithTags("Held")
            .WithSummary("Decides that a held batch is not answered.").Refuses(404);
    }

    internal static async Task<Results<Ok<HeldPage>, ProblemHttpResult>> GetHeld(
        [AsParameters] PageQuery query, IMessageStore store, CancellationToken cancellationToken)
    {
        var (batches, next, problem) = await EndedBatches.PageAsync(BatchState.Held, query, store, cancellationToken);
        return problem is null ? TypedResults.Ok(new HeldPage { Held = batches, Next = next, Timestamp = store.Now }) : problem;
    }

    internal static async Task<Results<Ok<BatchAction>, ProblemHttpResult>> ReleaseHeld(
        [FromRoute(Name = "batch_id")] string batchId,
        IMessageStore store, ConversationCalls calls, OperatorActions actions, CancellationToken cancellationToken)
        => await EndedBatches.ReopenAsync(batchId, BatchState.Held, "release", store, calls, actions, cancellationToken) is { } action
            ? TypedResults.Ok(action)
            : Problems.UnknownBatch(batchId, "held");

    internal static async Task<Results<Ok<BatchAction>, ProblemHttpResult>> DropHeld(
        [FromRoute(Name = "batch_id")] string batchId, IMessageStore store, OperatorActions actions, CancellationToken cancellationToken)
    {
        if (await store.DropAsync(batchId, cancellationToken) is not { } conversation)
        {
            return Problems.UnknownBatch(batchId, "held");
        }

        actions.Done("drop", batchId);
        return TypedResults.Ok(BatchAction.Of("Batch will not be answered", batchId, conversation, store.Now));
    }
}

/// <summary>One page of the held batches.</summary>
internal sealed record HeldPage
{
    public string Status { get; init; } = "success";
    public required IReadOnlyList<EndedBatchStatus> Held { get; init; }
    public required string? Next { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}
