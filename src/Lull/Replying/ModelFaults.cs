namespace Lull.Replying;

/// <summary>Sorts a failed call by what has to happen next: the clock, the operator, or nobody can mend it. Pure.</summary>
internal static class ModelFaults
{
    // https://platform.openai.com/docs/guides/error-codes; DeepSeek and OpenRouter answer 402.
    private static readonly string[] QuotaCodes = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance"];
    private static readonly string[] SetupCodes =
        ["model_not_found", "invalid_api_key", "unsupported_parameter", "unsupported_value", "unknown_parameter", "invalid_model", "account_deactivated"];

    // Servers that answer 400 without a code: Gemini for a bad key, Mistral and others for a model they do not have.
    private static readonly string[] SetupSentences = ["API key not valid", "Invalid model", "The model `"];

    public static ReplyOutcome Sort(ModelFailure failure) => failure switch
    {
        { Status: 0 } => new ReplyOutcome.TryLater("the model's server cannot be reached or cut the connection", null),
        { IsFlagged: true } => new ReplyOutcome.Refused($"the provider's moderation refused the messages ({failure})"),
        { Code: { } code } when QuotaCodes.Contains(code) => new ReplyOutcome.SetupFault($"the model account's quota is used up ({failure}): check plan and billing"),
        { Status: 402 } => new ReplyOutcome.SetupFault($"the model account has no credit ({failure}): check plan and billing"),
        { Status: 400 or 422 } when IsSetup(failure) => new ReplyOutcome.SetupFault($"the model's server does not accept OPENAI_MODEL, OPENAI_API_KEY or a parameter ({failure})"),
        { Status: 200 } => new ReplyOutcome.SetupFault("what answers at OPENAI_BASE_URL is no chat completion: does the address end in /v1?"),
        { Status: 401 } => new ReplyOutcome.SetupFault($"the model's server refuses OPENAI_API_KEY ({failure})"),
        { Status: 403 } => new ReplyOutcome.SetupFault($"OPENAI_API_KEY may not use this model ({failure})"),
        { Status: 404 or 405 or 410 } => new ReplyOutcome.SetupFault($"OPENAI_MODEL or OPENAI_BASE_URL is not known to the model's server ({failure})"),
        { Status: >= 300 and < 400 } => new ReplyOutcome.SetupFault($"OPENAI_BASE_URL leads elsewhere ({failure}): set the final address"),
        { Status: 408 or 409 or 425 or 429 } => new ReplyOutcome.TryLater($"the model's server asks to wait ({failure})", failure.RetryAfter),
        { Status: >= 400 and < 500 } => new ReplyOutcome.Refused($"the model's server refused this burst ({failure})"),
        _ => new ReplyOutcome.TryLater($"the model's server failed ({failure})", failure.RetryAfter),
    };

    private static bool IsSetup(ModelFailure failure)
        => failure.Code is { } code && SetupCodes.Contains(code)
            || failure.Sentence is { } sentence && SetupSentences.Any(start => sentence.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}
