using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Lull.Operating.Access;

/// <summary>
/// Decodes the ids of a path exactly once. The server decodes everything but <c>%2F</c> before it routes, so that <c>a%2Fb</c> and <c>a%252Fb</c> look the same
/// afterwards; the request's own target still tells them apart.
/// </summary>
internal static class PathIds
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern: { Parameters.Count: > 0 } pattern } endpoint
            && endpoint.Metadata.GetMetadata<OperatorOnly>() is not null)
        {
            Decode(context, pattern);
        }

        return next(context);
    }

    private static void Decode(HttpContext context, RoutePattern pattern)
    {
        var raw = Segments(PathOf(context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? string.Empty));
        if (raw.Length != pattern.PathSegments.Count || context.Request.PathBase.HasValue)
        {
            return;
        }

        foreach (var (index, segment) in pattern.PathSegments.Index())
        {
            if (segment is { IsSimple: true, Parts: [RoutePatternParameterPart { IsCatchAll: false } parameter] })
            {
                context.Request.RouteValues[parameter.Name] = Uri.UnescapeDataString(raw[index]);
            }
        }
    }

    private static string[] Segments(string path)
    {
        var trimmed = path.StartsWith('/') ? path[1..] : path;
        return (trimmed.EndsWith('/') ? trimmed[..^1] : trimmed).Split('/');
    }

    /// <summary>The path of a target in origin form (<c>/a?b</c>) or absolute form (<c>http://host/a?b</c>), as it was sent.</summary>
    private static string PathOf(string target)
    {
        var end = target.IndexOfAny(['?', '#']);
        var path = end < 0 ? target : target[..end];
        if (path.StartsWith('/'))
        {
            return path;
        }

        var authority = path.IndexOf("://", StringComparison.Ordinal);
        var start = authority < 0 ? -1 : path.IndexOf('/', authority + 3);
        return start < 0 ? string.Empty : path[start..];
    }
}
