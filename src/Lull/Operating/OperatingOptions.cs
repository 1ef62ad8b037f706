namespace Lull.Operating;

/// <summary>Who may operate Lull, and how the operator is told.</summary>
internal sealed record OperatingOptions
{
    /// <summary>Any one of them is the operator; empty = only a local, unforwarded caller is.</summary>
    public IReadOnlyList<string> AdminTokens { get; init; } = [];

    /// <summary>True: start without tokens on a reachable address, by the operator's explicit choice.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>Null = loopback origins on a loopback address, else none.</summary>
    public IReadOnlyList<string>? CorsOrigins { get; init; }

    public bool ListensOnLoopback { get; init; } = true;

    public Uri? AlertUrl { get; init; }
    public string? AlertSecret { get; init; }

    /// <summary>Days that messages and replies are kept; 0 = for ever.</summary>
    public int RetentionDays { get; init; } = 365;

    /// <summary>Days that other events are kept; 0 = for ever.</summary>
    public int JournalRetentionDays { get; init; } = 30;

    /// <summary>What <c>/health</c> names: the writer and the delivery in use.</summary>
    public string Replies { get; init; } = "rehearsal";

    public string Delivery { get; init; } = "record";
}
