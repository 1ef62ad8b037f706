namespace Lull.Hosting.Settings;

/// <summary>How a setting's text is read.</summary>
internal enum SettingKind
{
    /// <summary>Any text without line breaks being meant by it.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A number with an optional unit s, m, h or d; seconds without one.</summary>
    Duration,

    /// <summary>true or false.</summary>
    Switch,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>An absolute http or https URL.</summary>
    Url,

    /// <summary>Several texts, comma-separated.</summary>
    List,
}

/// <summary>One setting an operator can make: everything that is checked, documented and shown of it comes from here.</summary>
/// <param name="Default">As it would be written; empty when nothing is set or when it depends on others (<see cref="DefaultNote"/>).</param>
/// <param name="Meaning">One sentence for the operator.</param>
internal sealed record Setting(string Name, SettingKind Kind, string Default, string Meaning)
{
    /// <summary>For numbers, and in seconds for durations.</summary>
    public long Min { get; init; }

    public long Max { get; init; } = long.MaxValue;
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Never shown, and may be given as a file.</summary>
    public bool IsSecret { get; init; }

    /// <summary>What holds when the setting is empty.</summary>
    public string? DefaultNote { get; init; }

    /// <summary>What else <see cref="Allowed"/> has to say.</summary>
    public string? Format { get; init; }

    /// <summary>A rule beyond the kind: what is wrong with the text, or null.</summary>
    public Func<string, bool> IsValid { get; init; } = static _ => true;

    /// <summary>What may be written, in a phrase that ends a sentence.</summary>
    public string Allowed => Format ?? Kind switch
    {
        SettingKind.Number => $"a whole number {Range(Min.ToString(), Max.ToString())}",
        SettingKind.Duration => $"a length of time {Range(Durations.Format(Min), Durations.Format(Max))}, for example 90s, 30m, 6h or 1d (a bare number is seconds)",
        SettingKind.Switch => "true or false",
        SettingKind.Choice => string.Join(", ", Choices),
        SettingKind.Url => "an absolute http:// or https:// URL",
        SettingKind.List => "a comma-separated list",
        _ => "text",
    };

    private string Range(string from, string to) => Max == long.MaxValue ? $"from {from}" : $"from {from} to {to}";
}
