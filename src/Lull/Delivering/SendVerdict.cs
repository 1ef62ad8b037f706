using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lull.Delivering;

/// <summary>What an answer to a send means (contract section 7; texts and shapes from GoHighLevel's issues and public code). Pure.</summary>
internal static partial class SendVerdict
{
    /// <summary>When GoHighLevel limits the rate and does not say for how long: its burst interval.</summary>
    private static readonly TimeSpan RateInterval = TimeSpan.FromSeconds(10);

    public static DeliveryOutcome Of(GoHighLevelAnswer answer) => answer switch
    {
        GoHighLevelAnswer.NeverSent { Reason: var reason } => new DeliveryOutcome.NotSent(reason, null),
        GoHighLevelAnswer.Answered { IsSuccess: true } answered => Accepted(answered),
        GoHighLevelAnswer.Answered answered => Declined(answered),
        GoHighLevelAnswer.Lost { Reason: var reason } => new DeliveryOutcome.Unknown(reason),
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    /// <summary>A 2xx whose body was cut off or left out is a success: to send again would be worse than not to know the id. A whole body that is not GoHighLevel's is somebody else's 200.</summary>
    private static DeliveryOutcome Accepted(GoHighLevelAnswer.Answered answered)
        => answered.Json is { } json
            ? new DeliveryOutcome.Delivered(json.Text("messageId") ?? json.Text("emailMessageId") ?? FirstId(json))
            : answered.Body is null or { Length: 0 } ? new DeliveryOutcome.Delivered(null)
            : new DeliveryOutcome.Unknown("what answered is not GoHighLevel: is GHL_BASE_URL right?");

    private static DeliveryOutcome Declined(GoHighLevelAnswer.Answered answered) => (int)answered.Status switch
    {
        429 => new DeliveryOutcome.NotSent(Say(answered, "GoHighLevel limits the rate"), answered.Wait ?? RateInterval),
        425 => new DeliveryOutcome.NotSent(Say(answered, "GoHighLevel asks to wait"), answered.Wait),
        401 => new DeliveryOutcome.SetupFault(Say(answered, "GoHighLevel refuses GHL_API_KEY")),
        400 or 403 or 404 or 422 when IsLocationFault(answered.Words) => new DeliveryOutcome.SetupFault(Say(answered, "GoHighLevel does not serve this location: check GHL_LOCATION_ID and that the sub-account is active")),
        400 or 403 or 404 or 422 when IsRefusal(answered.Words) => new DeliveryOutcome.Refused(answered.Words),
        403 => new DeliveryOutcome.SetupFault(Say(answered, "GHL_API_KEY lacks the scope conversations/message.write or belongs to another location")),
        402 => new DeliveryOutcome.SetupFault(Say(answered, "GoHighLevel asks for payment")),
        404 or 405 or 410 => new DeliveryOutcome.SetupFault(Say(answered, "GoHighLevel does not know this path: check GHL_BASE_URL")),
        >= 300 and < 400 => new DeliveryOutcome.SetupFault(Say(answered, "GHL_BASE_URL leads elsewhere: set the final address")),
        408 or 409 => new DeliveryOutcome.Unknown(Say(answered, "GoHighLevel did not finish the request")),
        >= 400 and < 500 => new DeliveryOutcome.Rejected(Say(answered, "GoHighLevel rejects the message")),
        _ => new DeliveryOutcome.Unknown(Say(answered, "GoHighLevel failed")),
    };

    /// <summary>The texts in use are in no specification; these were seen in public code and issues. Our own sending number being wrong is no refusal by the contact.</summary>
    private static bool IsRefusal(string words) => !OurNumber().IsMatch(words) && Refusal().IsMatch(words);

    /// <summary>A sentence that also speaks of the contact is about the contact: it must not stop a whole location.</summary>
    private static bool IsLocationFault(string words) => LocationFault().IsMatch(words) && !words.Contains("contact", StringComparison.OrdinalIgnoreCase);

    private static string Say(GoHighLevelAnswer.Answered answered, string what)
        => answered.Words.Length == 0 ? $"{what} ({(int)answered.Status})" : $"{what} ({(int)answered.Status}: {answered.Words})";

    private static string? FirstId(JsonElement json)
        => json.Member("messageIds") is { ValueKind: JsonValueKind.Array } ids ? ids.EnumerateArray().Select(id => id.AsText()).OfType<string>().FirstOrDefault() : null;

    [GeneratedRegex(
        @"\bDND\b|do[ -]not[ -]disturb|unsubscribed|opted[ -]?out"
        + @"|\b(missing|invalid|no|not a valid)\b[^.;]*\b(phone|calling code)\b|\b(missing|invalid) '?(to |recipient |mobile )?number\b(?! of)"
        + @"|\b(phone|'to' number|mobile number)\b[^.;]*\b(missing|invalid|not valid|required|not found)\b"
        + @"|\b(missing|invalid|no) e-?mail\b|\be-?mail\b[^.;]*\b(is|was) (missing|invalid|not valid|empty)\b"
        + @"|\bcontact\b[^.;]*\b(not found|does not exist|doesn't exist|not exist|deleted)\b|\b(no such|unknown|invalid) contact\b|\bno contact (found|with)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Refusal();

    [GeneratedRegex(@"\bfrom'?[ _-]?(phone )?number\b|'from'|\bsender\b", RegexOptions.IgnoreCase)]
    private static partial Regex OurNumber();

    [GeneratedRegex(@"\blocation\b[^.;]*\b(not active|inactive|suspended|not found|deleted|does not exist|no access|not have access|no (phone )?number)\b|\bno (phone )?number\b[^.;]*\blocation\b|\b(no|not have) access to (this|the) location\b", RegexOptions.IgnoreCase)]
    private static partial Regex LocationFault();
}
