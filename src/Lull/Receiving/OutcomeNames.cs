namespace Lull.Receiving;

/// <summary>The contract's words for outcomes.</summary>
internal static class OutcomeNames
{
    public static string Of(WebhookOutcome outcome) => outcome switch
    {
        WebhookOutcome.Batched => "batched",
        WebhookOutcome.Duplicate => "duplicate",
        WebhookOutcome.Recorded => "recorded",
        WebhookOutcome.Ignored => "ignored",
        _ => "rejected",
    };

    public static WebhookOutcome? Parse(string? name)
    {
        foreach (var outcome in Enum.GetValues<WebhookOutcome>())
        {
            if (Of(outcome) == name)
            {
                return outcome;
            }
        }

        return null;
    }
}
