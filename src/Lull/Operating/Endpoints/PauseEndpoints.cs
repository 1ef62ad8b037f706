using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Endpoints;

/// <summary><c>/pause</c> and <c>/resume</c>: stopping all sending, or one location's.</summary>
internal static class PauseEndpoints
{
    private const string Reason = "operator";

    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/pause", GetPauses).WithName(nameof(GetPauses)).WithTags("Pause").WithSummary("The pauses in force.");
        group.MapPost("/pause", PauseSending).WithName(nameof(PauseSending)).WithTags("Pause")
            .WithSummary("Stops all model calls and sends, or one location's, within a second. Work is kept.")
            .Takes<PauseTarget>(required: false).Refuses(400, 413, 415);
        group.MapPost("/resume", ResumeSending).WithName(nameof(ResumeSending)).WithTags("Pause")
            .WithSummary("Lets sending go on. Resuming everything leaves a location's own pause in force.")
            .Takes<PauseTarget>(required: false).Refuses(400, 413, 415);
    }

    internal static async Task<Ok<PauseStatus>> GetPauses(IMessageStore store, CancellationToken cancellationToken)
        => TypedResults.Ok(await AnswerAsync(store, cancellationToken));

    internal static async Task<Results<Ok<PauseStatus>, ProblemHttpResult>> PauseSending(
        HttpRequest request, IMessageStore store, OperatorActions actions, CancellationToken cancellationToken)
    {
        var (location, problem) = await TargetAsync(request, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        await store.PauseAsync(location, Reason, cancellationToken);
        actions.Done("pause", location ?? "everything");
        return TypedResults.Ok(await AnswerAsync(store, cancellationToken));
    }

    internal static async Task<Results<Ok<PauseStatus>, ProblemHttpResult>> ResumeSending(
        HttpRequest request, IMessageStore store, OperatorActions actions, CancellationToken cancellationToken)
    {
        var (location, problem) = await TargetAsync(request, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        await store.ResumeAsync(location, cancellationToken);
        actions.Done("resumption", location ?? "everything");
        return TypedResults.Ok(await AnswerAsync(store, cancellationToken));
    }

    private static async Task<(string? Location, ProblemHttpResult? Problem)> TargetAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var (body, unreadable) = await StrictBody.ReadAsync(request, cancellationToken);
        var location = body.Location();
        return (location, unreadable ?? body.Problem());
    }

    private static async Task<PauseStatus> AnswerAsync(IMessageStore store, CancellationToken cancellationToken)
    {
        var pauses = await store.PausesAsync(cancellationToken);
        return new()
        {
            Paused = pauses.Any(pause => pause.Location is null),
            Pauses = [.. pauses.Select(pause => new PauseInForce(pause.Location, pause.Reason, pause.Since))],
            Timestamp = store.Now,
        };
    }
}

/// <summary>What <c>POST /pause</c> and <c>POST /resume</c> take.</summary>
internal sealed record PauseTarget(string? Location);

/// <summary>Whether sending is stopped.</summary>
internal sealed record PauseStatus
{
    public string Status { get; init; } = "success";

    /// <summary>True when everything is stopped.</summary>
    public required bool Paused { get; init; }

    public required IReadOnlyList<PauseInForce> Pauses { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>One pause; a null location means everything.</summary>
internal sealed record PauseInForce(string? LocationId, string Reason, DateTimeOffset Since);
