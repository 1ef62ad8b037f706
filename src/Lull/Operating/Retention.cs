namespace Lull.Operating;

/// <summary>Deletes what is older than is to be kept, once an hour, in steps small enough not to delay a webhook.</summary>
internal sealed partial class Retention(IMessageStore store, OperatingOptions options, TimeProvider time, ILogger<Retention> logger) : BackgroundService
{
    private const int Step = 500;
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1), Interval = TimeSpan.FromHours(1), Pause = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options is { RetentionDays: 0, JournalRetentionDays: 0 })
        {
            return;
        }

        for (var delay = First; ; delay = Interval)
        {
            await Task.Delay(delay, time, stoppingToken);
            try
            {
                await PruneAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, fault);
            }
        }
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        var now = store.Now;
        long total = 0;
        int deleted;
        while ((deleted = await store.PruneAsync(Before(options.RetentionDays), Before(options.JournalRetentionDays), Step, cancellationToken)) >= Step)
        {
            total += deleted;
            await Task.Delay(Pause, time, cancellationToken);
        }

        total += deleted;
        if (total > 0)
        {
            Log.Pruned(logger, total);
        }

        DateTimeOffset? Before(int days) => days == 0 ? null : now.AddDays(-days);
    }

    private static partial class Log
    {
        [LoggerMessage(4040, LogLevel.Information, "{Count} rows were older than is to be kept and are deleted.")]
        public static partial void Pruned(ILogger logger, long count);

        [LoggerMessage(4041, LogLevel.Warning, "Old rows could not be deleted; tried again in an hour.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
