using Microsoft.AspNetCore.Http.Features;

namespace Lull.Hosting;

/// <summary>Once the process was asked to stop: what would bring new work is told to come back, on a connection that then closes.</summary>
internal static class Draining
{
    private const int RetryAfterSeconds = 5;

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
}
