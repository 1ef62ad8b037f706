namespace Lull.Bench.Load;

/// <summary>An end for everything that waits for a server: one that hangs must not hang the benchmark.</summary>
internal static class Deadline
{
    /// <exception cref="BenchException">It took longer.</exception>
    public static async Task<T> WithinAsync<T>(this Task<T> load, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await load.WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new BenchException($"Answers were still missing after {patience.TotalSeconds:0} s.");
        }
    }
}
