using Microsoft.AspNetCore.Mvc;

namespace Lull.Hosting;

/// <summary>Every error leaves as a problem document that tells the reader what to do next.</summary>
internal static class ProblemSetup
{
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context => Explain(context.ProblemDetails, context.HttpContext));
        services.AddExceptionHandler<UnhandledErrors>();
    }

    public static void UseProblems(this IApplicationBuilder app) => app.UseExceptionHandler();

    /// <summary>Gives a bare status a body; to be put before routing.</summary>
    public static void UseStatusProblems(this IApplicationBuilder app) => app.UseStatusCodePages();

    private static void Explain(ProblemDetails problem, HttpContext context)
    {
        // Named by the JSON naming policy in force.
        problem.Extensions.Remove("traceId");
        problem.Extensions.Remove("trace_id");
        problem.Detail ??= problem.Status switch
        {
            StatusCodes.Status404NotFound => "There is nothing at this address. GET / lists what there is.",
            StatusCodes.Status405MethodNotAllowed => $"{context.Request.Method} is not possible here; the Allow header names what is.",
            StatusCodes.Status408RequestTimeout => "The body came too slowly and nothing was stored. Send it again.",
            StatusCodes.Status413PayloadTooLarge => "The body is too large.",
            StatusCodes.Status415UnsupportedMediaType => "This content type is not understood; send application/json.",
            StatusCodes.Status400BadRequest => "The request cannot be read.",
            _ => null,
        };
    }
}
