using System.Globalization;
using System.Net;
using Lull.Operating.Answers;

namespace Lull.Operating.Access;

/// <summary>Lets nobody but the operator through to endpoints marked <see cref="OperatorOnly"/>, and no page of a foreign origin change anything anywhere.</summary>
internal sealed partial class OperatorAccess(
    RequestDelegate next, OperatingOptions options, AdminTokens tokens, FailureLimit limit, Origins origins, ILogger<OperatorAccess> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var isOperators = context.GetEndpoint()?.Metadata.GetMetadata<OperatorOnly>() is not null;
        if (isOperators)
        {
            // What the operator reads is nobody else's to keep.
            context.Response.Headers.CacheControl = "no-store";
        }

        var unproven = isOperators ? Unproven(context) : null;
        if ((unproven ?? Foreign(context.Request)) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private IResult? Unproven(HttpContext context)
    {
        if (tokens.IsEmpty)
        {
            return options.AllowInsecure || IsLocal(context) ? null : Problems.TokenNotConfigured();
        }

        // Before the limit: whoever shares the operator's address, be it only a proxy's, must not be able to lock the operator out.
        var authorization = context.Request.Headers.Authorization;
        if (authorization.Count == 1 && tokens.Accepts(authorization[0]))
        {
            return null;
        }

        var address = context.Connection.RemoteIpAddress;
        if (limit.WaitFor(address) is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Problems.TooManyFailures();
        }

        limit.Failed(address);
        Log.Refused(logger, address);
        context.Response.Headers.WWWAuthenticate = authorization.Count == 0
            ? "Bearer realm=\"lull\""
            : "Bearer realm=\"lull\", error=\"invalid_token\"";
        return Problems.TokenRequired();
    }

    private IResult? Foreign(HttpRequest request)
    {
        var changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));
        return changes && origins.IsForeign(request) ? Problems.ForeignOrigin() : null;
    }

    /// <summary>A tunnel or a proxy makes a loopback address reachable; it shows in the name asked for or in a forwarding header.</summary>
    private static bool IsLocal(HttpContext context)
        => context.Connection.RemoteIpAddress is { } peer
            && IPAddress.IsLoopback(peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer)
            && Origins.IsLoopback(context.Request.Host.Host)
            && !context.Request.Headers.Keys.Any(IsForwarding);

    /// <summary><c>X-Original-*</c> is what ASP.NET Core leaves of a forwarding header that it believed.</summary>
    private static bool IsForwarding(string header)
        => header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
            || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
            || header.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase);

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Warning, "An operator's endpoint was asked for without a valid token from {Address}.")]
        public static partial void Refused(ILogger logger, IPAddress? address);
    }
}
