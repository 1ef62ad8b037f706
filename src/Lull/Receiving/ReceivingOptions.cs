namespace Lull.Receiving;

/// <summary>What is accepted, and from whom.</summary>
internal sealed record ReceivingOptions
{
    /// <summary>Any one of them proves the sender; empty = no proof is asked of a local sender.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; init; } = [];

    /// <summary>The marketplace app whose signed webhooks are taken; null = none.</summary>
    public string? AppId { get; init; }

    /// <summary>GHL's public keys (Ed25519), 32 bytes each.</summary>
    public IReadOnlyList<byte[]> AppKeys { get; init; } = [];

    /// <summary>The sub-account that is answered; null = any. A message that names none belongs to it, else to <c>default</c>.</summary>
    public string? LocationId { get; init; }

    /// <summary>Webhooks a second from one sender; null = no limit.</summary>
    public int? RateLimitPerSender { get; init; }

    /// <summary>True when Lull listens on loopback only: then a forwarded webhook without a configured proof is refused.</summary>
    public bool ListensOnLoopback { get; init; } = true;

    /// <summary>The largest body in bytes.</summary>
    public const int MaxBodyBytes = 256 * 1024;
}
