using System.Globalization;
using Lull.Receiving.Dialects;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Receiving;

/// <summary>Every answer to a webhook that is not stored: what is wrong, and what to do next.</summary>
internal static class WebhookProblems
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(5);

    public static ProblemHttpResult WrongMethod(HttpContext http)
    {
        http.Response.Headers.Allow = HttpMethods.Post;
        return TypedResults.Problem("Webhooks are sent with POST. To see whether this endpoint works, open /test-webhook.", statusCode: StatusCodes.Status405MethodNotAllowed);
    }

    public static ProblemHttpResult WrongMedia() => TypedResults.Problem(
        "Send the webhook as application/json (UTF-8) or as a form, and name that in the Content-Type header.",
        statusCode: StatusCodes.Status415UnsupportedMediaType);

    public static ProblemHttpResult TooLarge() => TypedResults.Problem(
        $"A webhook's body may have at most {ReceivingOptions.MaxBodyBytes / 1024} KiB.", statusCode: StatusCodes.Status413PayloadTooLarge);

    public static ProblemHttpResult TooSlow(HttpContext http)
    {
        http.Response.Headers.Connection = "close";
        return TypedResults.Problem(
            "The body came too slowly and nothing was stored. Send it again in one piece.", statusCode: StatusCodes.Status408RequestTimeout);
    }

    public static ProblemHttpResult Lost(HttpContext http)
    {
        http.Response.Headers.Connection = "close";
        return TypedResults.Problem("The request ended before its body did. Nothing was stored: send it again.", statusCode: StatusCodes.Status400BadRequest);
    }

    /// <summary>No detail: whoever asks may be a stranger. The log says more.</summary>
    public static ProblemHttpResult Unproven() => TypedResults.Problem(statusCode: StatusCodes.Status401Unauthorized);

    public static ProblemHttpResult TooMany(HttpContext http, TimeSpan after)
    {
        RetryAfter(http, after);
        return ComeBack("Too many webhooks from this sender at once. Send this one again after the time in Retry-After.", StatusCodes.Status429TooManyRequests);
    }

    public static ValidationProblem Invalid(FieldErrors errors) => TypedResults.ValidationProblem(
        errors.ToProblem(), "The webhook was not understood. Mend the fields named under errors and send it again.", title: "Webhook not understood");

    /// <summary>GHL surely repeats after 429 and not after every 5xx, so its webhooks get that.</summary>
    public static ProblemHttpResult StoreUnavailable(HttpContext http)
    {
        RetryAfter(http, StoreRetry);
        var status = http.Request.Headers.ContainsKey("X-GHL-Signature") ? StatusCodes.Status429TooManyRequests : StatusCodes.Status503ServiceUnavailable;
        return ComeBack("The store cannot take anything now, so nothing was stored. Send it again after the time in Retry-After.", status);
    }

    // The framework knows no type for 429.
    private static ProblemHttpResult ComeBack(string detail, int status) => TypedResults.Problem(
        detail, statusCode: status, type: status == StatusCodes.Status429TooManyRequests ? "https://tools.ietf.org/html/rfc6585#section-4" : null);

    private static void RetryAfter(HttpContext http, TimeSpan after)
        => http.Response.Headers.RetryAfter = Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
