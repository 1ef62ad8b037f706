using Microsoft.Extensions.Primitives;

namespace Lull.Receiving.Proving;

/// <summary>Everything a webhook brings along that may prove its sender.</summary>
internal readonly ref struct WebhookEvidence
{
    /// <summary>The bytes as they came.</summary>
    public required ReadOnlySpan<byte> Body { get; init; }

    public required IHeaderDictionary Headers { get; init; }

    /// <summary>The values of <c>?secret=</c>.</summary>
    public StringValues QuerySecret { get; init; }

    /// <summary>The value of <c>customData.secret</c>.</summary>
    public string? BodySecret { get; init; }

    public required DateTimeOffset Now { get; init; }
}
