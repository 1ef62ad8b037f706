using System.Net;
using System.Text;

namespace Lull.Operating.Endpoints;

/// <summary><c>GET /</c>: name, version and links; a browser gets a page that loads nothing else.</summary>
internal static class FrontPage
{
    private static readonly (string Name, string Path, string Text)[] Links =
    [
        ("health", "/health", "How Lull is"),
        ("docs", "/docs", "Every endpoint, to read and to try"),
        ("openapi", "/openapi/v1.json", "The same as an OpenAPI document"),
        ("webhook_test", "/test-webhook", "Proves that a webhook can be read and stored"),
        ("queue_status", "/queue-status", "What waits for a reply (the operator's)"),
        ("attention", "/attention", "What needs the operator (the operator's)"),
        ("metrics", "/metrics", "Numbers for Prometheus (the operator's)"),
    ];

    public static void Map(IEndpointRouteBuilder app)
        => app.MapGet("/", GetFrontPage).WithName(nameof(GetFrontPage)).WithTags("Health")
            .WithSummary("Name, version and links.").WithDescription("A browser gets a page instead.").Produces<FrontPageStatus>();

    internal static async Task<IResult> GetFrontPage(
        HttpRequest request, HealthCheck check, OperatingOptions options, IMessageStore store, CancellationToken cancellationToken)
    {
        request.HttpContext.Response.Headers.Vary = "Accept";
        if (!request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            return TypedResults.Ok(new FrontPageStatus { Links = Links.ToDictionary(link => link.Name, link => link.Path) });
        }

        PageHeaders.Close(request.HttpContext.Response, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'");
        var health = await check.AskAsync(cancellationToken);
        return TypedResults.Content(Page(health, options, store), "text/html", Encoding.UTF8);
    }

    private static string Page(Health health, OperatingOptions options, IMessageStore store)
    {
        var links = string.Concat(Links.Select(link => $"<li><a href=\"{link.Path}\">{link.Path}</a> {WebUtility.HtmlEncode(link.Text)}</li>\n"));
        var reasons = string.Concat(health.Reasons.Select(reason => $"<p>{WebUtility.HtmlEncode(reason)}</p>\n"));
        return $$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{Product.Name}}</title>
            <style>
            body { font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 42rem; padding: 0 1rem; color-scheme: light dark; }
            dt { float: left; clear: left; width: 7rem; opacity: .7; }
            .healthy { color: #0a7d33; } .degraded { color: #b26a00; } .unhealthy { color: #c62828; }
            </style>
            </head>
            <body>
            <h1>{{Product.Name}} <small>{{WebUtility.HtmlEncode(Product.Version)}}</small></h1>
            <p>{{WebUtility.HtmlEncode(Product.Description)}}</p>
            <h2 class="{{health.Status}}">{{health.Status}}</h2>
            {{reasons}}<dl>
            <dt>Store</dt><dd>{{WebUtility.HtmlEncode(store.Kind)}}</dd>
            <dt>Replies</dt><dd>{{WebUtility.HtmlEncode(options.Replies)}}</dd>
            <dt>Delivery</dt><dd>{{WebUtility.HtmlEncode(options.Delivery)}}</dd>
            </dl>
            <ul>
            {{links}}</ul>
            </body>
            </html>
            """;
    }
}

/// <summary>Name, version and links.</summary>
internal sealed record FrontPageStatus
{
    public string Name { get; init; } = Product.Name;
    public string Version { get; init; } = Product.Version;
    public string Description { get; init; } = Product.Description;
    public required IReadOnlyDictionary<string, string> Links { get; init; }
}
