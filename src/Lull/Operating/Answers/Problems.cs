using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Answers;

/// <summary>Every refusal of the operator's endpoints, as RFC 9457 problem documents that say what to do next.</summary>
internal static class Problems
{
    private const string Type = "urn:lull:problem:";

    public static ProblemHttpResult TokenNotConfigured() => Problem(
        StatusCodes.Status403Forbidden, "admin-token-not-set", "This endpoint is closed to callers from elsewhere",
        "Without an admin token only a program on the same machine may call this, directly and under a loopback name. Set ADMIN_TOKEN and send it as 'Authorization: Bearer <token>'.");

    public static ProblemHttpResult TokenRequired() => Problem(
        StatusCodes.Status401Unauthorized, "token-required", "A valid admin token is required",
        "Send one of the tokens of the setting ADMIN_TOKEN as 'Authorization: Bearer <token>'.");

    public static ProblemHttpResult TooManyFailures() => Problem(
        StatusCodes.Status429TooManyRequests, "too-many-failures", "Too many failed attempts",
        "This address sent too many invalid tokens. Wait for the seconds in Retry-After and try again with a token of the setting ADMIN_TOKEN.");

    public static ProblemHttpResult ForeignOrigin() => Problem(
        StatusCodes.Status403Forbidden, "foreign-origin", "A page of another origin may not change anything",
        "A browser made this request for a page of another origin. If that page is yours, add its origin to the setting CORS_ORIGINS.");

    public static ProblemHttpResult StoreUnavailable() => Problem(
        StatusCodes.Status503ServiceUnavailable, "store-unavailable", "The store does not answer",
        "Nothing was changed. Try again in a few seconds; if it stays so, look at GET /health and at the disk.");

    public static ProblemHttpResult Invalid(Dictionary<string, string[]> errors) => Problem(
        StatusCodes.Status400BadRequest, "invalid-request", "The request is not valid",
        "Correct what 'errors' names and send it again.", new("errors", errors));

    public static ProblemHttpResult Invalid(string field, string error)
        => Invalid(new Dictionary<string, string[]> { [field] = [error] });

    public static ProblemHttpResult NotJson(string detail) => Problem(
        StatusCodes.Status400BadRequest, "not-json", "The body is no valid JSON", detail);

    public static ProblemHttpResult MediaType() => Problem(
        StatusCodes.Status415UnsupportedMediaType, "media-type", "The body must be JSON", "Send it with 'Content-Type: application/json'.");

    public static ProblemHttpResult TooLarge(int maxBytes) => Problem(
        StatusCodes.Status413PayloadTooLarge, "body-too-large", "The body is too large", $"Send at most {maxBytes} bytes.");

    public static ProblemHttpResult UnknownContact(string contact) => Problem(
        StatusCodes.Status404NotFound, "unknown-contact", "This contact has never been seen",
        $"No webhook has named the contact '{contact}'. Percent-encode the id in the path, and check the location if you gave one.");

    public static ProblemHttpResult AmbiguousContact(string contact, string[] locations) => Problem(
        StatusCodes.Status409Conflict, "ambiguous-contact", "This contact id exists in several locations",
        $"Say which '{contact}' you mean with ?location= and one of 'locations'.", new("locations", locations));

    public static ProblemHttpResult NothingOpen(string contact) => Problem(
        StatusCodes.Status404NotFound, "nothing-open", "Nothing is waiting for a reply",
        $"The contact '{contact}' has no open messages. GET /conversations/… shows what became of the earlier ones.");

    public static ProblemHttpResult UnknownMessage() => Problem(
        StatusCodes.Status404NotFound, "unknown-message", "There is no such message",
        "Ask with the id that POST /webhook answered, or with ?external_id= and ?contact=, within the retention time.");

    public static ProblemHttpResult UnknownBatch(string batch, string state) => Problem(
        StatusCodes.Status404NotFound, "unknown-batch", $"No {state} batch has this id",
        $"The batch '{batch}' is not {state}, or not any more. GET /{(state == "held" ? "held" : "dead-letters")} lists those that are.");

    public static ProblemHttpResult UnknownItem(string id) => Problem(
        StatusCodes.Status404NotFound, "unknown-item", "There is no such item", $"No item '{id}' is waiting for attention. GET /attention lists those that are.");

    private static ProblemHttpResult Problem(int status, string type, string title, string detail, KeyValuePair<string, object?>? extension = null)
        => TypedResults.Problem(detail, null, status, title, Type + type, extension is { } part ? [part] : null);
}
