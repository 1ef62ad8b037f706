using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Lull.Hosting;

/// <summary>Once the process was asked to stop: what would bring new work is told to come back, on a connection that then closes.</summary>
internal static partial class Draining
{
    private const int RetryAfterSeconds = 5;

    public static void UseDraining(this WebApplication app, HostingOptions options)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        stopping.Register(() => Log.Stopping(app.Logger, options.ShutdownTimeout.TotalSeconds));
        app.Lifetime.ApplicationStopped.Register(() => Log.Stopped(app.Logger));
        app.Use(next => context => stopping.IsCancellationRequested && !HttpMethods.IsGet(context.Request.Method)
            ? RefuseAsync(context)
            : next(context));
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Features.Get<IHttpResponseFeature>()!.Headers.Connection = "close";
        context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
        return TypedResults.Problem(
            "Lull is stopping and has stored nothing of this request. Send it again in a few seconds.",
            statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Information, "Stopping: nothing new is taken, model calls are given back, running sends may take up to {Seconds} s")]
        public static partial void Stopping(ILogger logger, double seconds);

        [LoggerMessage(21, LogLevel.Information, "Stopped; what is open is taken up again at the next start")]
        public static partial void Stopped(ILogger logger);
    }
}
