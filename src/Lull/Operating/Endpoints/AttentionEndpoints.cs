using System.Globalization;
using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Endpoints;

/// <summary><c>/attention</c>: what the operator was told and has not cleared.</summary>
internal static class AttentionEndpoints
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/attention", GetAttention).WithName(nameof(GetAttention)).WithTags("Attention")
            .WithSummary("What needs the operator, newest first.");
        group.MapPost("/attention/{id}/clear", ClearAttention).WithName(nameof(ClearAttention)).WithTags("Attention")
            .WithSummary("Takes one item off the list.").Refuses(404);
    }

    internal static async Task<Ok<AttentionList>> GetAttention(IMessageStore store, CancellationToken cancellationToken)
    {
        var items = await store.AttentionAsync(cancellationToken);
        return TypedResults.Ok(new AttentionList
        {
            Attention = [.. items.Select(item => new AttentionEntry(item.Id, item.Cause, item.Text, item.Count, item.FirstAt, item.LastAt))],
            Timestamp = store.Now,
        });
    }

    internal static async Task<Results<Ok<AttentionCleared>, ProblemHttpResult>> ClearAttention(
        string id, IMessageStore store, OperatorActions actions, CancellationToken cancellationToken)
    {
        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var item) || !await store.ClearAttentionAsync(item, cancellationToken))
        {
            return Problems.UnknownItem(id);
        }

        actions.Done("clearing", $"attention {item}");
        return TypedResults.Ok(new AttentionCleared { Id = item, Timestamp = store.Now });
    }
}

/// <summary>What needs the operator.</summary>
internal sealed record AttentionList
{
    public string Status { get; init; } = "success";
    public required IReadOnlyList<AttentionEntry> Attention { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>One thing that needs the operator; also what an alert carries.</summary>
internal sealed record AttentionEntry(long Id, string Cause, string Text, long Count, DateTimeOffset FirstAt, DateTimeOffset LastAt);

/// <summary>One item is off the list.</summary>
internal sealed record AttentionCleared
{
    public string Status { get; init; } = "success";
    public required long Id { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}
