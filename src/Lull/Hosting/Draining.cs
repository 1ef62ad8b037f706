using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Lull.Hosting;

/// <summary>Once the process was asked to stop: what would bring new work is told to come back, on a connection that then closes.</summary>
internal static partial class Draining
{
    private const int RetryAfterSeconds = 5;

    /// <summary>One line when the process is asked to stop, one when it has.</summary>
    public static void TellOfStopping(this WebApplication app, HostingOptions options)
    {
        app.Lifetime.ApplicationStopping.Register(() => Log.Stopping(app.Logger, options.ShutdownTimeout.TotalSeconds));
        app.Lifetime.ApplicationStopped.Register(() => Log.Stopped(app.Logger));
    }

    public static void UseDraining(this IApplicationBuilder app)
    {
        var stopping = app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
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
