namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>What the crash suites have in common: how long they may run, and how they wait for much at once.</summary>
internal static class SideBySide
{
    /// <summary>True in the long run: <c>eng/test --full</c>.</summary>
    public static bool IsFull => Environment.GetEnvironmentVariable("LULL_CRASH_KILLS") is { Length: > 0 };

    /// <summary>Waits for all; what failed is said of each, and nothing is left running.</summary>
    public static async Task AllAsync(params IReadOnlyList<Task> tasks)
    {
        var all = Task.WhenAll(tasks);
        await all.ContinueWith(static _ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.True(all.IsCompletedSuccessfully, string.Join("\n\n", all.Exception?.InnerExceptions.Select(failure => failure.ToString()) ?? []));
    }
}
