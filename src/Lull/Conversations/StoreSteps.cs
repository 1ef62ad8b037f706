namespace Lull.Conversations;

/// <summary>Steps that must be recorded however long the store is away: tried until it is back or the process ends.</summary>
internal sealed class StoreSteps(TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Runs <paramref name="step"/> until the store takes it. When the process has ended its grace, the last failure is thrown: the next process takes over.</summary>
    public async Task<T> UntilStoredAsync<T>(Func<Task<T>> step)
    {
        for (var wait = First; ; wait = wait * 2 < Longest ? wait * 2 : Longest)
        {
            try
            {
                return await step();
            }
            catch (StoreUnavailableException) when (!lifetime.ApplicationStopped.IsCancellationRequested)
            {
                await Task.Delay(wait, time, lifetime.ApplicationStopped);
            }
        }
    }
}
