namespace Lull.Delivering;

/// <summary>Where replies go.</summary>
internal sealed record DeliveringOptions
{
    /// <summary>GHL's private integration token; null = replies are recorded.</summary>
    public string? ApiKey { get; init; }

    public string? LocationId { get; init; }

    public Uri BaseUrl { get; init; } = new("https://services.leadconnectorhq.com");

    /// <summary>The longest one send or one read may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
