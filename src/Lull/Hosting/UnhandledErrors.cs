using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Lull.Hosting;

/// <summary>The last border of a request: whatever no endpoint expected leaves as a problem document without a word of the inside.</summary>
internal sealed partial class UnhandledErrors(IProblemDetailsService problems, ILogger<UnhandledErrors> logger) : IExceptionHandler
{
    private const int RetryAfterSeconds = 5;

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, detail) = Answer(exception);
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
            Log.StoreUnavailable(logger, httpContext.Request.Method, httpContext.Request.Path, exception.Message);
        }
        else if (status == StatusCodes.Status500InternalServerError)
        {
            Log.Unexpected(logger, exception, httpContext.Request.Method, httpContext.Request.Path);
        }

        httpContext.Response.StatusCode = status;
        return await problems.TryWriteAsync(new()
        {
            HttpContext = httpContext,
            ProblemDetails = { Status = status, Detail = detail },
        });
    }

    private static (int Status, string? Detail) Answer(Exception exception) => exception switch
    {
        StoreUnavailableException => (StatusCodes.Status503ServiceUnavailable, "The store cannot be written or read now. Nothing has changed; try again in a few seconds."),
        BadHttpRequestException bad => (bad.StatusCode, null),
        _ => (StatusCodes.Status500InternalServerError, "Something unexpected happened; the log has the details. Nothing was acknowledged."),
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Method} {Path} was refused because the store is unavailable: {Reason}")]
        public static partial void StoreUnavailable(ILogger logger, string method, string path, string reason);

        [LoggerMessage(2, LogLevel.Error, "{Method} {Path} failed")]
        public static partial void Unexpected(ILogger logger, Exception exception, string method, string path);
    }
}
