namespace Lull.Replying;

/// <summary>Looks every two seconds whether the prompts file has changed; polling, because file events do not reach through every mount.</summary>
internal sealed partial class PromptReload(PromptLibrary library, TimeProvider time, ILogger<PromptReload> log) : BackgroundService
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
                TakeChanges();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Whatever a file does to its reader, the prompts in force and the process stay.</summary>
    private void TakeChanges()
    {
        try
        {
            library.TakeChanges();
        }
        catch (Exception error)
        {
            Log.Failed(log, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2003, LogLevel.Error, "The changed prompts file cannot be read and the old prompts stay")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
