namespace Lull.Replying;

/// <summary>Looks every two seconds whether the prompts file has changed; polling, because file events do not reach through every mount.</summary>
internal sealed class PromptReload(PromptLibrary library, TimeProvider time) : BackgroundService
{
    /// <summary>The longest time until a change is noticed.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly PeriodicTimer _timer = new(Period, time);

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _timer.WaitForNextTickAsync(stoppingToken))
            {
                library.TakeChanges();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }
}
