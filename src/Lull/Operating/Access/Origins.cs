using System.Net;

namespace Lull.Operating.Access;

/// <summary>Which web pages may call: those Lull serves itself and those of the configured origins.</summary>
internal sealed class Origins(OperatingOptions options)
{
    private readonly HashSet<string> _configured =
        [.. (options.CorsOrigins ?? []).Select(origin => origin.TrimEnd('/').ToLowerInvariant())];

    /// <summary>True for origins that CORS admits.</summary>
    public bool Admits(string origin)
        => options.CorsOrigins is null
            ? options.ListensOnLoopback && Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLoopback(uri.Host)
            : _configured.Contains(origin.ToLowerInvariant());

    /// <summary>True when a browser says that a page of another origin, which CORS does not admit, made the request.</summary>
    public bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count > 0)
        {
            return origin.Count > 1 || !(IsOwn(origin[0]!, request.Host) || Admits(origin[0]!));
        }

        return string.Equals(request.Headers["Sec-Fetch-Site"], "cross-site", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True for a host name or address that can only mean this machine.</summary>
    public static bool IsLoopback(string host)
    {
        var name = host.Trim('[', ']');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));
    }

    /// <summary>Compares the authority only: behind a proxy that ends TLS the scheme is not known here.</summary>
    private static bool IsOwn(string origin, HostString host)
        => Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && string.Equals(uri.Host, host.Host, StringComparison.OrdinalIgnoreCase)
            && (host.Port is { } port ? port == uri.Port : uri.IsDefaultPort);
}
