using System.Text.Json.Nodes;
using Lull.Receiving.Dialects;
using Lull.Receiving.Handling;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Lull.Receiving;

/// <summary>Puts the room Receiving together: what it needs, and its endpoints.</summary>
internal static class ReceivingSetup
{
    private const string Tag = "Webhooks", Json = "application/json", ProblemJson = "application/problem+json";

    public static IServiceCollection AddReceiving(this IServiceCollection services, ReceivingOptions options)
    {
        // The framework's own request line writes the query, and ?secret= may be in it. Left on for errors, it would make an activity and a scope for every request.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None));
        services.AddSingleton(options);
        services.AddSingleton<SenderLimits>();
        services.AddSingleton<SenderGate>();
        services.AddSingleton<WebhookBodyReader>();
        services.AddSingleton<WebhookInterpreter>();
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<WebhookStorage>();
        services.AddSingleton<Acknowledgement>();
        services.AddSingleton<WebhookEndpoint>();
        services.AddSingleton<ReceivingCheck>();
        services.AddSingleton<JournalEndpoints>();
        services.AddSingleton<JournalPulse>();
        services.AddHostedService<WebhookHandlers>();
        return services;
    }

    /// <summary>Adds business logic of your own, which may ask for an <see cref="IHttpClientFactory"/>; see <c>docs/extending.md</c>.</summary>
    public static IServiceCollection AddWebhookHandler<T>(this IServiceCollection services)
        where T : class, IWebhookHandler => services.AddHttpClient().AddSingleton<IWebhookHandler, T>();

    /// <summary>Adds a dialect; it is asked before the built-in ones.</summary>
    public static IServiceCollection AddWebhookDialect<T>(this IServiceCollection services)
        where T : class, IWebhookDialect => services.AddSingleton<IWebhookDialect, T>();

    /// <summary>
    /// The short way in, to be put before routing: a webhook from a server passes nothing that is there for browsers and operators.
    /// A request that names an origin goes the long way, where foreign origins are refused.
    /// </summary>
    public static void UseReceiving(this WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<WebhookEndpoint>();
        app.Use(next => http => IsWebhook(http.Request) ? endpoint.ReceiveAsync(http) : next(http));
    }

    /// <summary>The endpoints that are open to all: <c>/webhook</c> and <c>/test-webhook</c>.</summary>
    public static IEndpointRouteBuilder MapReceiving(this IEndpointRouteBuilder app)
    {
        app.MapPost("/webhook", static (HttpContext http, WebhookEndpoint endpoint) => endpoint.ReceiveAsync(http))
            .WithName("ReceiveWebhook").WithTags(Tag)
            .WithSummary("Receives one webhook. 200 means that it is stored for good.")
            .Produces<WebhookAnswer>(StatusCodes.Status200OK, Json)
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status408RequestTimeout)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status429TooManyRequests).ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .AddOpenApiOperationTransformer(DescribeBody);
        app.Map("/webhook", static (HttpContext http) => WebhookProblems.WrongMethod(http)).ExcludeFromDescription();

        app.MapGet("/test-webhook", static (ReceivingCheck check, CancellationToken cancellationToken) => check.ReportAsync(cancellationToken))
            .WithName("TestWebhook").WithTags(Tag)
            .WithSummary("Proves that a webhook would be understood and stored, and leaves nothing behind.")
            .Produces<CheckAnswer>(StatusCodes.Status200OK, Json)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable, ProblemJson);
        return app;
    }

    /// <summary>The operator's endpoints of this room, to be mapped inside the group that asks for the admin token.</summary>
    public static RouteGroupBuilder MapJournal(this RouteGroupBuilder operatorGroup)
    {
        operatorGroup.MapGet(
                "/webhooks",
                static (HttpContext http, JournalEndpoints journal, string? after, string? outcome, string? contact, string? limit)
                    => journal.ListAsync(http, after, outcome, contact, limit))
            .WithName("ListWebhooks").WithTags(Tag)
            .WithSummary("Lists the webhooks that were received, oldest first; without `after` the latest ones.")
            .Produces<JournalAnswer>(StatusCodes.Status200OK, Json)
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

        operatorGroup.MapPost("/webhooks/{id}/replay", static (HttpContext http, JournalEndpoints journal, string id) => journal.ReplayAsync(http, id))
            .WithName("ReplayWebhook").WithTags(Tag)
            .WithSummary("Interprets a stored webhook again, for example after a setting was mended. Nothing is answered twice.")
            .Produces<WebhookAnswer>(StatusCodes.Status200OK, Json)
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return operatorGroup;
    }

    private static bool IsWebhook(HttpRequest request)
        => HttpMethods.IsPost(request.Method) && request.Path.Equals("/webhook", StringComparison.Ordinal)
            && request.Headers.Origin.Count == 0 && !request.Headers.ContainsKey("Sec-Fetch-Site");

    // Told to the document only: as metadata it would make routing answer 415 before we can say why.
    private static Task DescribeBody(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = "The simple dialect, or GoHighLevel's workflow webhook; JSON or a form with message[body].",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Json] = new()
                {
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Object },
                    Example = JsonNode.Parse("""{"type":"contact.reply","contact":{"id":"contact_123","name":"Ann"},"message":{"content":"Hi there"}}"""),
                },
                ["application/x-www-form-urlencoded"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } },
                ["multipart/form-data"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } },
            },
        };
        return Task.CompletedTask;
    }
}
