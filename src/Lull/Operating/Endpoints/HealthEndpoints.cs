using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Endpoints;

/// <summary><c>/health</c> for load balancers and people, <c>/health/live</c> for what restarts a dead process. Open to all.</summary>
internal static class HealthEndpoints
{
    private static readonly string[] Head = [HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/health", GetHealth).WithName(nameof(GetHealth)).WithTags("Health")
            .WithSummary("Whether webhooks can be stored and replies written.")
            .WithDescription("200 'healthy', 200 'degraded' with 'reasons' for a fault of the set-up, 503 'unhealthy' only when the store does not answer.");
        app.MapGet("/health/live", GetLiveness).WithName(nameof(GetLiveness)).WithTags("Health").WithSummary("Whether the process runs.");

        // Many uptime monitors ask with HEAD.
        app.MapMethods("/health", Head, GetHealth).ExcludeFromDescription();
        app.MapMethods("/health/live", Head, GetLiveness).ExcludeFromDescription();
    }

    internal static async Task<Results<Ok<HealthStatus>, UnhealthyResult>> GetHealth(
        HealthCheck check, OperatingOptions options, IMessageStore store, HttpResponse response, CancellationToken cancellationToken)
    {
        response.Headers.CacheControl = "no-store";
        var health = await check.AskAsync(cancellationToken);
        var status = new HealthStatus
        {
            Status = health.Status,
            Reasons = health.Reasons.Count == 0 ? null : health.Reasons,
            Store = store.Kind,
            Replies = options.Replies,
            Delivery = options.Delivery,
            Version = Product.Version,
            UptimeSeconds = (long)check.Uptime.TotalSeconds,
            Timestamp = store.Now,
        };
        return health.Status == Health.Unhealthy ? new UnhealthyResult(status) : TypedResults.Ok(status);
    }

    internal static Ok<Liveness> GetLiveness(IMessageStore store) => TypedResults.Ok(new Liveness { Timestamp = store.Now });
}

/// <summary>503 with the same body as 200.</summary>
internal sealed class UnhealthyResult(HealthStatus status) : IResult, Microsoft.AspNetCore.Http.Metadata.IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
        => TypedResults.Json(status, statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
        => builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status503ServiceUnavailable, typeof(HealthStatus), ["application/json"]));
}

/// <summary>How Lull is.</summary>
internal sealed record HealthStatus
{
    public required string Status { get; init; }

    /// <summary>What is wrong, without ids and names; left out when nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Reasons { get; init; }

    public required string Store { get; init; }
    public required string Replies { get; init; }
    public required string Delivery { get; init; }
    public required string Version { get; init; }
    public required long UptimeSeconds { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>The process runs.</summary>
internal sealed record Liveness
{
    public string Status { get; init; } = "alive";
    public required DateTimeOffset Timestamp { get; init; }
}
