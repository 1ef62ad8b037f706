namespace Lull.Receiving.Proving;

/// <summary>Whether a sender proved that it knows the secret, and if not, the likely cause. For the log, never for the wire.</summary>
internal enum ProofVerdict
{
    Proven,

    /// <summary>Proven by GHL's own signature for our app.</summary>
    Signed,

    /// <summary>No secret is set and none is asked.</summary>
    NotAsked,

    /// <summary>No secret is set, and the webhook came through a proxy or a tunnel.</summary>
    Forwarded,

    Missing,
    WrongSecret,
    WrongSignature,

    /// <summary>GHL signed it, for another app than ours.</summary>
    OtherApp,

    /// <summary>A signature that is not in the form its header has.</summary>
    Unreadable,

    /// <summary>A timestamp more than five minutes from now, or none where one belongs.</summary>
    Stale,
}
