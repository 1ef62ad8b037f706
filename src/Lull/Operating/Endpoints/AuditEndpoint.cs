using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Endpoints;

/// <summary><c>GET /audit</c>: the store proves that its promises hold.</summary>
internal static class AuditEndpoint
{
    public static void Map(RouteGroupBuilder group)
        => group.MapGet("/audit", GetAudit).WithName(nameof(GetAudit)).WithTags("Audit")
            .WithSummary("Walks the whole store and lists whatever must never be; reads only, may take seconds.").Refuses(400);

    internal static async Task<Results<Ok<AuditStatus>, ProblemHttpResult>> GetAudit([AsParameters] LimitQuery query, IMessageStore store, CancellationToken cancellationToken)
    {
        var (limit, problem) = query.Read();
        if (problem is not null)
        {
            return problem;
        }

        var report = await store.AuditAsync(limit, cancellationToken);
        return TypedResults.Ok(new AuditStatus
        {
            Clean = report.IsClean,
            Webhooks = report.Webhooks,
            Messages = report.Messages,
            Batches = report.Batches,
            Deliveries = report.Deliveries,
            ViolationCount = report.ViolationCount,
            Violations = [.. report.Violations.Select(violation => new AuditFinding(violation.Kind, violation.Ids, violation.Text))],
            Seconds = Math.Round(report.Took.TotalSeconds, 3),
            Timestamp = store.Now,
        });
    }
}

/// <summary>What an audit counted and found.</summary>
internal sealed record AuditStatus
{
    public string Status { get; init; } = "success";
    public required bool Clean { get; init; }
    public required IReadOnlyDictionary<string, long> Webhooks { get; init; }
    public required IReadOnlyDictionary<string, long> Messages { get; init; }
    public required IReadOnlyDictionary<string, long> Batches { get; init; }
    public required IReadOnlyDictionary<string, long> Deliveries { get; init; }
    public required long ViolationCount { get; init; }
    public required IReadOnlyList<AuditFinding> Violations { get; init; }
    public required double Seconds { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>Something that must never be, with the ids it concerns.</summary>
internal sealed record AuditFinding(string Kind, IReadOnlyList<string> Ids, string Text);
