namespace Lull.Messages;

/// <summary>How one send ended.</summary>
internal abstract record DeliveryOutcome
{
    private DeliveryOutcome()
    {
    }

    /// <summary>The vendor took it; <paramref name="ExternalId"/> is its id for the message.</summary>
    internal sealed record Delivered(string? ExternalId) : DeliveryOutcome;

    /// <summary>Certainly not sent (429, connection refused): worth another try.</summary>
    internal sealed record NotSent(string Reason, TimeSpan? After) : DeliveryOutcome;

    /// <summary>Certainly not sent, and no send of this location will be until somebody mends the set-up (401, 403, 404).</summary>
    internal sealed record SetupFault(string Reason) : DeliveryOutcome;

    /// <summary>The contact cannot or must not be written to (do not disturb, unsubscribed, invalid number), in the vendor's words.</summary>
    internal sealed record Refused(string Reason) : DeliveryOutcome;

    /// <summary>The vendor rejects this very message (400, 422) for a reason that is no silence.</summary>
    internal sealed record Rejected(string Reason) : DeliveryOutcome;

    /// <summary>Nobody knows whether it arrived (timeout, cut connection, 5xx).</summary>
    internal sealed record Unknown(string Reason) : DeliveryOutcome;
}

/// <summary>What one look at the vendor's own record of the conversation showed.</summary>
internal abstract record ReadBackOutcome
{
    private ReadBackOutcome()
    {
    }

    /// <summary>Sends that could be ours, oldest first; the store decides which id belongs to no other reply. Empty = not there.</summary>
    internal sealed record Read(IReadOnlyList<string> Candidates) : ReadBackOutcome;

    /// <summary>The vendor could not be asked.</summary>
    internal sealed record Unreadable(string Reason) : ReadBackOutcome;
}
