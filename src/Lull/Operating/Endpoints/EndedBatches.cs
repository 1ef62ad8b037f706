using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Endpoints;

/// <summary>What the held and the dead-lettered have in common: their list, and giving one back to what is open.</summary>
internal static class EndedBatches
{
    /// <summary>One page; <c>next</c> only when there is more.</summary>
    public static async Task<(IReadOnlyList<EndedBatchStatus> Batches, string? Next, ProblemHttpResult? Problem)> PageAsync(
        BatchState state, PageQuery query, IMessageStore store, CancellationToken cancellationToken)
    {
        var (page, problem) = query.Read();
        if (problem is not null)
        {
            return ([], null, problem);
        }

        var found = await store.EndedAsync(state, page.After ?? 0, page.Limit + 1, cancellationToken);
        var next = found.Count > page.Limit ? PageQuery.Next(found[page.Limit - 1].Position) : null;
        return ([.. found.Take(page.Limit).Select(EndedBatchStatus.Of)], next, null);
    }

    /// <summary>Gives one batch's messages back to what is open and wakes its conversation; null when there is no such batch.</summary>
    public static async Task<BatchAction?> ReopenAsync(
        string batch, BatchState from, string action, IMessageStore store, ConversationCalls calls, OperatorActions actions, CancellationToken cancellationToken)
    {
        if (await store.ReopenAsync(batch, from, cancellationToken) is not { } conversation)
        {
            return null;
        }

        actions.Done(action, batch);
        await calls.WakeAsync(conversation, cancellationToken);
        return BatchAction.Of("Batch is open again", batch, conversation, store.Now);
    }
}

/// <summary>A held or dead-lettered batch as JSON.</summary>
internal sealed record EndedBatchStatus
{
    public required string BatchId { get; init; }
    public required string ContactId { get; init; }
    public required string LocationId { get; init; }
    public required string Reason { get; init; }

    /// <summary>What would release it.</summary>
    public required string Release { get; init; }

    public required DateTimeOffset At { get; init; }
    public required int MessageCount { get; init; }
    public required IReadOnlyList<string> Messages { get; init; }

    /// <summary>The text that was written and not sent, if one was.</summary>
    public required string? Reply { get; init; }

    public static EndedBatchStatus Of(EndedBatch batch) => new()
    {
        BatchId = batch.Batch,
        ContactId = batch.Conversation.Contact,
        LocationId = batch.Conversation.Location,
        Reason = batch.Reason,
        Release = batch.Release,
        At = batch.At,
        MessageCount = batch.Messages.Count,
        Messages = [.. batch.Messages.Select(message => message.Text)],
        Reply = batch.Reply,
    };
}

/// <summary>What was done with one batch.</summary>
internal sealed record BatchAction
{
    public string Status { get; init; } = "success";
    public required string Message { get; init; }
    public required string BatchId { get; init; }
    public required string ContactId { get; init; }
    public required string LocationId { get; init; }
    public required DateTimeOffset Timestamp { get; init; }

    public static BatchAction Of(string message, string batch, ConversationId conversation, DateTimeOffset now)
        => new() { Message = message, BatchId = batch, ContactId = conversation.Contact, LocationId = conversation.Location, Timestamp = now };
}
