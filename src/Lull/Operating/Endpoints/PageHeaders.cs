namespace Lull.Operating.Endpoints;

/// <summary>Response headers that keep a page to itself.</summary>
internal static class PageHeaders
{
    public static void Close(HttpResponse response, string contentSecurityPolicy)
    {
        response.Headers.ContentSecurityPolicy = contentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
    }
}
