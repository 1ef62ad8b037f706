using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Lull.Hosting;

/// <summary>Logs to the console: Lull's own events at the chosen level, other parts' only when something is wrong.</summary>
internal static class LoggingSetup
{
    // Below Warning these log URLs, headers or the silo's own life, which is noise or a secret in a log.
    private static readonly string[] QuietCategories = ["Microsoft", "Orleans", "System", "Polly", "OpenAI", "OpenTelemetry"];

    public static void AddLogs(this ILoggingBuilder logging, HostingOptions options)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(options.LogLevel);
        var quiet = options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning;
        foreach (var category in QuietCategories)
        {
            logging.AddFilter(category, quiet);
        }

        // Advice on garbage collection that Lull does not follow, and a stall measured from before the process existed.
        logging.AddFilter("Orleans.Silo", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);

        // What ends a start is told in one sentence by the serve command.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        logging.AddFilter("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", LogLevel.None);
        if (options.LogsAsJson)
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
                json.IncludeScopes = true;
            });
        }
        else
        {
            logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName)
                .AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        }
    }
}
