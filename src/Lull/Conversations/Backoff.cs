namespace Lull.Conversations;

/// <summary>When a passing failure is tried again: exponential with jitter, honouring what the other side asked for. Pure.</summary>
internal static class Backoff
{
    /// <summary>How long passing failures are retried before the batch is held and probed.</summary>
    public static readonly TimeSpan RetryFor = TimeSpan.FromMinutes(15);

    /// <summary>How often a batch that alone outlived its retries is tried on, until it is stale.</summary>
    public static readonly TimeSpan ProbeEvery = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>The wait before the next try.</summary>
    /// <param name="failures">How many tries failed before this one, 0 for the first failure.</param>
    /// <param name="asked">What <c>Retry-After</c> asked for; never undercut, at most <see cref="RetryFor"/>.</param>
    /// <param name="jitter">0–1, spreads the tries over half of the wait.</param>
    public static TimeSpan After(int failures, TimeSpan? asked, double jitter)
    {
        var ceiling = First * Math.Pow(2, Math.Min(failures, 10));
        if (ceiling > Longest)
        {
            ceiling = Longest;
        }

        var wait = ceiling / 2 * (1 + jitter);
        return asked is { } least && least > wait ? (least < RetryFor ? least : RetryFor) : wait;
    }
}
