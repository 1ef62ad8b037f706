namespace Lull.Receiving.Handling;

/// <summary>Runs every registered handler's feed side by side, so that a slow one holds up no other.</summary>
internal sealed partial class WebhookHandlers(
    IEnumerable<IWebhookHandler> handlers, IJournal journal, JournalPulse pulse, TimeProvider time, ILoggerFactory loggers) : BackgroundService
{
    private readonly ILogger _logger = loggers.CreateLogger<WebhookHandlers>();
    private HandlerFeed[] _feeds = [];

    /// <summary>New handlers find their place before the first webhook can come in; where the store is not ready, the feed itself tries again.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _feeds = [.. handlers.Select(handler => new HandlerFeed(handler, journal, pulse, time, loggers.CreateLogger<HandlerFeed>()))];
        foreach (var feed in _feeds)
        {
            try
            {
                await feed.FindPlaceAsync(cancellationToken);
            }
            catch (StoreUnavailableException exception)
            {
                Log.NotReady(_logger, exception);
            }
        }

        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(_feeds.Select(feed => feed.RunAsync(stoppingToken)));

    private static partial class Log
    {
        [LoggerMessage(114, LogLevel.Warning, "The store is not ready to feed a webhook handler")]
        public static partial void NotReady(ILogger logger, Exception exception);
    }
}
