using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lull.Operating;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Operating;

public sealed partial class PagesTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task The_front_page_is_JSON_for_a_script()
    {
        var server = shared.Local;

        var (status, body) = await server.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("Lull", (string?)JsonNode.Parse(body)!["name"]);
        Assert.Equal(Product.Version, (string?)JsonNode.Parse(body)!["version"]);
        Assert.Equal("/docs", (string?)JsonNode.Parse(body)!["links"]!["docs"]);
    }

    [Fact]
    public async Task The_front_page_is_a_page_for_a_browser_and_loads_nothing()
    {
        var server = shared.Local;

        using var answer = await server.SendAsync(HttpMethod.Get, "/", null, ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"));
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("healthy", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/docs\"", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(Loads(), page);
        Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_docs_page_loads_nothing_from_other_hosts()
    {
        var server = shared.Local;

        using var answer = await server.SendAsync(HttpMethod.Get, "/docs/", null, ("Accept", "text/html"));
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotMatch(ForeignUrl(), page);
        Assert.Contains("connect-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        foreach (Match script in Script().Matches(page))
        {
            var path = new Uri(new Uri(server.Http.BaseAddress!, "/docs/"), script.Groups[1].Value).AbsolutePath;
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(path)).Status);
        }
    }

    [Fact]
    public async Task The_OpenAPI_document_lists_every_endpoint_and_who_may_call_it()
    {
        var server = shared.Local;

        var (_, body) = await server.GetAsync("/openapi/v1.json");
        var document = JsonNode.Parse(body)!;

        Assert.Equal("Lull", (string?)document["info"]!["title"]);
        Assert.Equal(Product.Version, (string?)document["info"]!["version"]);
        Assert.Equal("http", (string?)document["components"]!["securitySchemes"]!["bearer"]!["type"]);
        Assert.Equal(
            [
                "delete /batch-config", "delete /contacts/{contact_id}", "get /", "get /attention", "get /audit", "get /batch-config", "get /batch-status/{contact_id}",
                "get /config", "get /contacts/{contact_id}/export", "get /conversations/{contact_id}", "get /dead-letters", "get /health", "get /health/live", "get /held",
                "get /messages", "get /messages/{id}", "get /pause", "get /queue-status", "post /attention/{id}/clear", "post /batch-config",
                "post /conversations/{contact_id}/pause", "post /conversations/{contact_id}/resume", "post /dead-letters/retry", "post /dead-letters/{batch_id}/retry",
                "post /force-process-batch/{contact_id}", "post /held/{batch_id}/drop", "post /held/{batch_id}/release", "post /pause", "post /resume",
            ],
            Operations(document).Select(operation => operation.Name).Order(StringComparer.Ordinal));
        Assert.All(Operations(document), operation => Assert.NotEmpty((string)operation.Node["summary"]!));
        Assert.All(Operations(document), operation => Assert.Equal(
            operation.Name is not ("get /" or "get /health" or "get /health/live"), operation.Node["security"] is JsonArray { Count: > 0 }));
        Assert.Equal(
            server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints)
                .Select(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName).OfType<string>().Order(StringComparer.Ordinal),
            Operations(document).Select(operation => (string)operation.Node["operationId"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_OpenAPI_document_names_properties_as_the_answers_do()
    {
        var server = shared.Local;

        var (_, body) = await server.GetAsync("/openapi/v1.json");
        var schemas = JsonNode.Parse(body)!["components"]!["schemas"]!;

        Assert.Equal(
            ["status", "active_batches", "batch_details", "waiting", "replying", "delivering", "held", "dead_lettered", "next", "batch_wait_time", "timestamp"],
            schemas["QueueStatus"]!["properties"]!.AsObject().Select(property => property.Key));
        Assert.Equal("date-time", (string?)schemas["QueueStatus"]!["properties"]!["timestamp"]!["format"]);
        Assert.Equal("string", (string?)schemas["QueueStatus"]!["properties"]!["timestamp"]!["type"]);
        Assert.Equal("integer", (string?)schemas["QueueStatus"]!["properties"]!["active_batches"]!["type"]);
        var pause = JsonNode.Parse(body)!["paths"]!["/conversations/{contact_id}/pause"]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!;
        Assert.Equal(["minutes"], pause["properties"]!.AsObject().Select(property => property.Key));
        Assert.All(
            schemas.AsObject().SelectMany(schema => schema.Value!["properties"]?.AsObject().Select(property => property.Key) ?? []),
            name => Assert.Matches("^[a-z_]+$", name));
    }

    private static IEnumerable<(string Name, JsonNode Node)> Operations(JsonNode document)
        => from path in document["paths"]!.AsObject()
           from method in path.Value!.AsObject()
           select ($"{method.Key} {path.Key}", method.Value);

    [GeneratedRegex("(src|@import|url\\()")]
    private static partial Regex Loads();

    [GeneratedRegex("(https?:)?//(?!127\\.0\\.0\\.1)[a-z0-9-]+\\.[a-z]", RegexOptions.IgnoreCase)]
    private static partial Regex ForeignUrl();

    [GeneratedRegex("<script[^>]* src=\"([^\"]+)\"")]
    private static partial Regex Script();
}
