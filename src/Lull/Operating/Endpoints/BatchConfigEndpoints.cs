using Lull.Conversations;
using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Endpoints;

/// <summary><c>/batch-config</c>: how long the silence must last before a burst is answered.</summary>
internal static class BatchConfigEndpoints
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/batch-config", GetBatchConfig).WithName(nameof(GetBatchConfig)).WithTags("Settings")
            .WithSummary("The wait time in force and where it comes from.");
        group.MapPost("/batch-config", SetBatchConfig).WithName(nameof(SetBatchConfig)).WithTags("Settings")
            .WithSummary("Sets the wait time.")
            .WithDescription("A whole number of seconds from 5 to 300. Kept in the store; beats the setting until it is deleted. Open bursts follow it at once.")
            .Takes<BatchConfigChange>(required: true).Refuses(400, 413, 415);
        group.MapDelete("/batch-config", ClearBatchConfig).WithName(nameof(ClearBatchConfig)).WithTags("Settings")
            .WithSummary("Forgets the stored wait time: the setting is in force again.");
    }

    internal static async Task<Ok<BatchConfig>> GetBatchConfig(IMessageStore store, BurstWindows windows, CancellationToken cancellationToken)
        => TypedResults.Ok(await AnswerAsync(store, windows, cancellationToken));

    internal static async Task<Results<Ok<BatchConfig>, ProblemHttpResult>> SetBatchConfig(
        HttpRequest request, IMessageStore store, BurstWindows windows, IDueLine line, OperatorActions actions, CancellationToken cancellationToken)
    {
        var (body, unreadable) = await StrictBody.ReadAsync(request, cancellationToken);
        var seconds = body.Whole("batch_wait_time", BurstWindowSettings.MinWaitSeconds, BurstWindowSettings.MaxWaitSeconds);
        if ((unreadable ?? body.Problem()) is { } problem)
        {
            return problem;
        }

        await store.SetWaitOverrideAsync(seconds, cancellationToken);
        actions.Done("change of the wait time", $"everything: {seconds} s");
        line.Reread();
        return TypedResults.Ok(await AnswerAsync(store, windows, cancellationToken));
    }

    internal static async Task<Ok<BatchConfig>> ClearBatchConfig(
        IMessageStore store, BurstWindows windows, IDueLine line, OperatorActions actions, CancellationToken cancellationToken)
    {
        await store.SetWaitOverrideAsync(null, cancellationToken);
        actions.Done("reset of the wait time", "everything");
        line.Reread();
        return TypedResults.Ok(await AnswerAsync(store, windows, cancellationToken));
    }

    private static async Task<BatchConfig> AnswerAsync(IMessageStore store, BurstWindows windows, CancellationToken cancellationToken)
    {
        var stored = await store.WaitOverrideAsync(cancellationToken);
        var window = windows.Defaults.With(stored);
        var longest = window.MaxWait > window.Wait ? window.MaxWait : window.Wait;
        return new()
        {
            BatchWaitTime = (int)window.Wait.TotalSeconds,
            BatchMaxWait = (int)longest.TotalSeconds,
            Source = stored is not null ? "stored" : windows.Defaults.IsDefault ? "default" : "environment",
            Timestamp = store.Now,
        };
    }
}

/// <summary>What <c>POST /batch-config</c> takes.</summary>
internal sealed record BatchConfigChange(int BatchWaitTime);

/// <summary>The wait time in force.</summary>
internal sealed record BatchConfig
{
    public string Status { get; init; } = "success";
    public required int BatchWaitTime { get; init; }
    public int Min { get; init; } = BurstWindowSettings.MinWaitSeconds;
    public int Max { get; init; } = BurstWindowSettings.MaxWaitSeconds;
    public required int BatchMaxWait { get; init; }

    /// <summary><c>stored</c>, <c>environment</c> or <c>default</c>.</summary>
    public required string Source { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}
