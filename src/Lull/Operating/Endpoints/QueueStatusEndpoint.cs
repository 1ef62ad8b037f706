using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Endpoints;

/// <summary><c>GET /queue-status</c>: what waits, replies, delivers or is held, page by page.</summary>
internal static class QueueStatusEndpoint
{
    public static void Map(RouteGroupBuilder group)
        => group.MapGet("/queue-status", GetQueueStatus).WithName(nameof(GetQueueStatus)).WithTags("Queue")
            .WithSummary("Every open burst with its countdown, page by page, and the counts of all.")
            .WithDescription("'batch_details' is keyed by contact id, by location/contact where a contact id is active in several locations.")
            .Refuses(400);

    internal static async Task<Results<Ok<QueueStatus>, ProblemHttpResult>> GetQueueStatus(
        [AsParameters] PageQuery query, IMessageStore store, BurstWindows windows, CancellationToken cancellationToken)
    {
        var (page, problem) = query.Read();
        if (problem is not null)
        {
            return problem;
        }

        var window = await windows.CurrentAsync(cancellationToken);
        var queue = await store.QueueAsync(page.After, page.Limit, window, cancellationToken);
        var counts = await store.CountsAsync(cancellationToken);
        var now = store.Now;
        return TypedResults.Ok(new QueueStatus
        {
            ActiveBatches = counts.Active,
            BatchDetails = Keyed(queue.Bursts, now),
            Waiting = counts.Waiting,
            Replying = counts.Replying,
            Delivering = counts.Delivering,
            Held = counts.Held,
            DeadLettered = counts.DeadLettered,
            Next = PageQuery.Next(queue.Next),
            BatchWaitTime = (int)window.Wait.TotalSeconds,
            Timestamp = now,
        });
    }

    private static Dictionary<string, BatchDetails> Keyed(IReadOnlyList<BurstView> bursts, DateTimeOffset now)
    {
        var keyed = new Dictionary<string, BatchDetails>(bursts.Count);
        foreach (var burst in bursts)
        {
            var details = BatchDetails.Of(burst, now);
            _ = Keys(burst).First(key => keyed.TryAdd(key, details));
        }

        return keyed;
    }

    /// <summary>A contact's bursts on further channels, and an id that looks like another's key, get a key that says more; the last one is unique by itself.</summary>
    private static IEnumerable<string> Keys(BurstView burst)
    {
        var (location, contact) = burst.Conversation;
        var key = burst.IsUnique ? contact : $"{location}/{contact}";
        yield return key;
        yield return $"{key} ({burst.Lane.Channel})";
        yield return $"{key} ({burst.Lane})";
        for (var nth = 1; ; nth++)
        {
            yield return nth == 1 ? $"{key} ({burst.Batch})" : $"{key} ({burst.Batch} {nth})";
        }
    }
}

/// <summary>One page of the queue and the counts of the whole.</summary>
internal sealed record QueueStatus
{
    public string Status { get; init; } = "success";
    public required int ActiveBatches { get; init; }
    public required IReadOnlyDictionary<string, BatchDetails> BatchDetails { get; init; }
    public required int Waiting { get; init; }
    public required int Replying { get; init; }
    public required int Delivering { get; init; }
    public required int Held { get; init; }
    public required int DeadLettered { get; init; }
    public required string? Next { get; init; }
    public required int BatchWaitTime { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}
