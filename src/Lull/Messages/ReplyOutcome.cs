namespace Lull.Messages;

/// <summary>How one attempt to write a reply ended. A cancelled attempt throws <see cref="OperationCanceledException"/> instead.</summary>
internal abstract record ReplyOutcome
{
    private ReplyOutcome()
    {
    }

    /// <summary>The reply is written and passed its checks.</summary>
    internal sealed record Written(Reply Reply) : ReplyOutcome;

    /// <summary>Worth another try: timeout, 408, 409, 429, 5xx, network.</summary>
    internal sealed record TryLater(string Reason, TimeSpan? After) : ReplyOutcome;

    /// <summary>A fault of the set-up (401, 403, 404, exhausted quota): no call will succeed until somebody mends it.</summary>
    internal sealed record SetupFault(string Reason) : ReplyOutcome;

    /// <summary>This very burst was refused (400, 422, content filter) and will be again.</summary>
    internal sealed record Refused(string Reason) : ReplyOutcome;

    /// <summary>The model answered nothing; the second time in a row is a refusal.</summary>
    internal sealed record Empty(TokenUse Tokens) : ReplyOutcome;

    /// <summary>A text was written that must not be sent unseen, for example one that repeats the prompt.</summary>
    internal sealed record NotFit(string Reason, Reply Reply) : ReplyOutcome;
}
