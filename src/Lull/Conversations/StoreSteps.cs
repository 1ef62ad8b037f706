namespace Lull.Conversations;

/// <summary>Steps that must be recorded however long the store is away: tried until it is back or the process ends.</summary>
internal sealed partial class StoreSteps(TimeProvider time, IHostApplicationLifetime lifetime, ILogger<StoreSteps> logger)
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

    /// <summary>The same for a step under the batch's ticket. False, and said so, when the ticket was no longer current: then this node has done nothing that counts.</summary>
    public async Task<bool> UntilTakenAsync(Batch batch, Func<Task<bool>> step)
    {
        var isTaken = await UntilStoredAsync(step);
        if (!isTaken)
        {
            LostTo(batch);
        }

        return isTaken;
    }

    /// <summary>Says that the batch is no longer this attempt's.</summary>
    public void LostTo(Batch batch) => Log.Lost(logger, batch.Conversation, batch.Name, batch.Ticket.Attempt);

    private static partial class Log
    {
        [LoggerMessage(23, LogLevel.Warning, "{Conversation}: {Batch} is no longer with attempt {Attempt}: another node has taken it over, or the contact was erased. This one has stopped")]
        public static partial void Lost(ILogger logger, ConversationId conversation, string batch, int attempt);
    }
}
