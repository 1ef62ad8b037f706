namespace Lull.Replying;

/// <summary>Looks every two seconds whether the prompts file has changed; polling, because file events do not reach through every mount.</summary>
internal sealed class PromptReload(PromptLibrary library, TimeProvider time) : BackgroundService
{
    /// <summary>The longest time until a change is noticed.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                library.TakeChanges();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }
}
