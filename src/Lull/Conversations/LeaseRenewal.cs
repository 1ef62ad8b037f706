namespace Lull.Conversations;

/// <summary>
/// Where several nodes share the store: keeps the leases of everything this node is working on, for all of it at once, and asks as often as a second whether something newer
/// was stored by another node. A step that was taken over, or that something newer joins, has its model call cut short.
/// </summary>
internal sealed partial class LeaseRenewal(IMessageStore store, BurstWindows windows, ActiveRuns runs, TimeProvider time, ILogger<LeaseRenewal> logger) : BackgroundService
{
    /// <summary>A quarter of a lease, so that three renewals may fail before anybody takes over.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!store.IsShared)
        {
            return;
        }

        var renewedAt = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, time, stoppingToken);
            try
            {
                if (time.GetElapsedTime(renewedAt) >= RenewEvery)
                {
                    renewedAt = time.GetTimestamp();
                    await RenewAsync(stoppingToken);
                }

                await LookAsync(stoppingToken);
            }
            catch (StoreUnavailableException)
            {
                // The store says so itself; without it nobody can take over either, and when it is back the ticket decides.
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var held = runs.Now;
        if (held.Count == 0)
        {
            return;
        }

        var current = (await store.RenewAsync([.. held.Keys], cancellationToken)).ToHashSet();
        foreach (var (ticket, run) in held)
        {
            // One that has just ended by itself is not current either; telling it does no harm.
            if (!current.Contains(ticket))
            {
                run.TakenOver();
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var writing = runs.Now.Where(run => !run.Value.Token.IsCancellationRequested).ToDictionary();
        if (writing.Count == 0)
        {
            return;
        }

        foreach (var ticket in await store.WithNewerAsync([.. writing.Keys], await windows.CurrentAsync(cancellationToken), cancellationToken))
        {
            writing[ticket].Newer();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(22, LogLevel.Error, "Leases could not be renewed and are tried again in a second; others take over what is not renewed for 20 s")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
