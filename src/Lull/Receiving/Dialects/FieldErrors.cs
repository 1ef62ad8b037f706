namespace Lull.Receiving.Dialects;

/// <summary>What is wrong with a webhook, by field; the first complaint about a field stands.</summary>
internal sealed class FieldErrors
{
    // Nearly every webhook is without fault.
    private SortedDictionary<string, string>? _byField;

    public bool IsEmpty => _byField is null;

    public void Add(string field, string complaint) => (_byField ??= new(StringComparer.Ordinal)).TryAdd(field, complaint);

    /// <summary>As a problem document wants them.</summary>
    public IDictionary<string, string[]> ToProblem()
        => (_byField ?? []).ToDictionary(pair => pair.Key, pair => new[] { pair.Value }, StringComparer.Ordinal);

    /// <summary>One line for the journal.</summary>
    public override string ToString() => string.Join("; ", (_byField ?? []).Select(pair => $"{pair.Key}: {pair.Value}"));
}
