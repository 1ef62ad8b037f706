using System.Text.RegularExpressions;
using Lull.Hosting.Settings;
using Lull.Tests.Architecture;
using Lull.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Documentation;

/// <summary>What the documents point to is there.</summary>
public sealed partial class DocumentLinksTests
{
    /// <summary>Names in the style of settings that are not ours.</summary>
    private static readonly string[] NotSettings = ["TEAM_CHAT_URL", "NAME_FILE", "LULL_CRASH_KILLS", "LULL_CRASH_SEED", "LULL_AUDIT_MESSAGES", "LULL_MOVE_MESSAGES", "RAILWAY_ENVIRONMENT", "RAILWAY_VOLUME_MOUNT_PATH"];

    [Fact]
    public void Every_relative_link_leads_to_a_file_and_its_heading()
    {
        var byName = MarkdownFile.All.ToDictionary(file => file.Name);

        var broken = from file in MarkdownFile.All
                     from link in file.RelativeLinks
                     where !Leads(file, link, byName)
                     select $"{file.Name}: {link}";

        Assert.Empty(broken);
        Assert.True(MarkdownFile.All.Sum(file => file.RelativeLinks.Count()) > 50, "Hardly any link was found: the reading of links is broken.");
    }

    [Fact]
    public void Every_setting_that_is_named_exists()
    {
        var known = SettingCatalogue.All.SelectMany(setting => new[] { setting.Name, $"{setting.Name}_FILE" }).Concat(NotSettings).ToHashSet(StringComparer.Ordinal);

        // What is misspelt on purpose is shown together with the message that says so.
        var unknown = from file in MarkdownFile.All
                      from code in file.Code
                      where !code.Contains("is not a setting of Lull", StringComparison.Ordinal)
                      from Match name in SettingName().Matches(code)
                      where !known.Contains(name.Value)
                      select $"{file.Name}: {name.Value}";

        Assert.Empty(unknown.Distinct());
    }

    [Fact]
    public async Task Every_request_that_is_shown_has_an_endpoint()
    {
        await using var lull = await RunningLull.StartAsync();
        var endpoints = EndpointsOf(lull.App);

        var shown = (from file in MarkdownFile.All
                     from command in CurlCommand.In(file.Text)
                     where command.AsksLull
                     select (file.Name, Method: command.Method.Method, command.Path))
            .Concat(from file in MarkdownFile.All
                    from code in file.Code
                    from Match named in NamedRequest().Matches(code)
                    select (file.Name, Method: named.Groups[1].Value, Path: named.Groups[2].Value)).ToList();

        Assert.Empty(from request in shown
                     where !endpoints.Any(endpoint => endpoint.Answers(request.Method, request.Path))
                     select $"{request.Name}: {request.Method} {request.Path}");
        Assert.True(shown.Count > 60, "Hardly any request was found: the reading of commands is broken.");
    }

    private static bool Leads(MarkdownFile from, string link, Dictionary<string, MarkdownFile> byName)
    {
        var (path, anchor) = link.Split('#', 2) is [var before, var after] ? (before, after) : (link, null);
        var name = path.Length == 0 ? from.Name : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(from.Name)!, path));
        return File.Exists(Path.Combine(Repository.Root, name))
            ? anchor is null || (byName.TryGetValue(name, out var target) && target.Anchors.Contains(anchor))
            : anchor is null && Directory.Exists(Path.Combine(Repository.Root, name));
    }

    private static IReadOnlyList<Endpoint> EndpointsOf(WebApplication app) =>
    [
        .. app.Services.GetServices<EndpointDataSource>().Concat(((IEndpointRouteBuilder)app).DataSources)
            .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => new Endpoint(endpoint.RoutePattern.RawText ?? "", endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])),
    ];

    [GeneratedRegex(@"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")]
    private static partial Regex SettingName();

    // GoHighLevel's own paths are written with its base URL and are not meant.
    [GeneratedRegex(@"\b(GET|POST|DELETE) (/[A-Za-z0-9/{}_.-]*)")]
    private static partial Regex NamedRequest();

    private sealed record Endpoint(string Pattern, IReadOnlyList<string> Methods)
    {
        public bool Answers(string method, string path)
            => (Methods.Count == 0 || Methods.Contains(method)) && Fits(Segments(Pattern), Segments(path));

        private static bool Fits(string[] pattern, string[] path)
            => pattern.Length == path.Length && pattern.Zip(path).All(pair => pair.First == pair.Second || pair.First.StartsWith('{'));

        private static string[] Segments(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);
    }
}
