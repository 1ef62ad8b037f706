namespace Lull.Operating.Answers;

/// <summary>Turns a store that cannot answer now into 503 with <c>Retry-After</c>.</summary>
internal static class StoreFaults
{
    private const string RetryAfterSeconds = "5";

    public static async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (StoreUnavailableException)
        {
            context.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            return Problems.StoreUnavailable();
        }
    }
}
