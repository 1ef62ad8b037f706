namespace Lull.Replying;

/// <summary>All prompts of one version of the prompts file, and the rule of which one a conversation gets.</summary>
internal sealed record PromptBook
{
    /// <summary>The part of the file that holds for every location.</summary>
    public required PromptSection General { get; init; }

    /// <summary>By location id, which is case-sensitive.</summary>
    public IReadOnlyDictionary<string, PromptSection> Locations { get; init; } = new Dictionary<string, PromptSection>();

    /// <summary>Every prompt there is.</summary>
    public IEnumerable<PromptText> All => [.. General.All, .. Locations.Values.SelectMany(section => section.All)];

    /// <summary>A book of one prompt.</summary>
    public static PromptBook Of(PromptText text) => new() { General = new() { Own = text } };

    /// <summary>
    /// A location that has its own section is answered from it alone, so that no business ever speaks with another one's voice. Within a section: lead source, then channel, then its own.
    /// </summary>
    /// <param name="source">The contact's lead source; selects a known key and is used for nothing else.</param>
    public PromptText Choose(string location, string channel, string? source)
        => Locations.GetValueOrDefault(location, General).Choose(channel, source);
}

/// <summary>The prompts of one location, or of all that have no section of their own.</summary>
internal sealed record PromptSection
{
    public required PromptText Own { get; init; }

    /// <summary>By lead source; upper and lower case are the same.</summary>
    public IReadOnlyDictionary<string, PromptText> Sources { get; init; } = new Dictionary<string, PromptText>();

    /// <summary>By channel; upper and lower case are the same.</summary>
    public IReadOnlyDictionary<string, PromptText> Channels { get; init; } = new Dictionary<string, PromptText>();

    public IEnumerable<PromptText> All => [Own, .. Sources.Values, .. Channels.Values];

    public PromptText Choose(string channel, string? source)
        => source is not null && Sources.TryGetValue(source.Trim(), out var bySource) ? bySource
            : Channels.GetValueOrDefault(channel, Own);
}
