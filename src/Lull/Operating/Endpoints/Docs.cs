using Scalar.AspNetCore;

namespace Lull.Operating.Endpoints;

/// <summary><c>/openapi/v1.json</c> and <c>/docs</c>, the page to read and try it. Open to all; nothing is loaded from other hosts.</summary>
internal static class Docs
{
    private const string Policy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        + "worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        var page = app.MapScalarApiReference("/docs", options => options
            .WithTitle($"{Product.Name} {Product.Version}")
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp()
            .HideDeveloperTools()
            .AddPreferredSecuritySchemes(OpenApiDescription.Bearer));
        page.Add(Close);
    }

    /// <summary>What the page's options promise, the browser enforces.</summary>
    private static void Close(EndpointBuilder endpoint)
    {
        var inner = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
        {
            PageHeaders.Close(context.Response, Policy);
            return inner(context);
        };
    }
}
