using System.Collections.Concurrent;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>What the crash suites have in common: how long they may run, and how they do much at once.</summary>
internal static class SideBySide
{
    /// <summary>True in the long run: <c>eng/test --full</c>.</summary>
    public static bool IsFull => Environment.GetEnvironmentVariable("LULL_CRASH_KILLS") is { Length: > 0 };

    /// <summary>Does all of it, so many at once; what failed is said of each.</summary>
    public static async Task AllAsync(int atOnce, IEnumerable<Func<Task>> tasks)
    {
        var failures = new ConcurrentQueue<Exception>();
        await Parallel.ForEachAsync(tasks, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (task, _) =>
        {
            try
            {
                await task();
            }
            catch (Exception exception)
            {
                failures.Enqueue(exception);
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }
}
