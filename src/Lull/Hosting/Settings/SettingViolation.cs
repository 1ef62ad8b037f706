namespace Lull.Hosting.Settings;

/// <summary>A setting that is not allowed as it is.</summary>
/// <param name="Shown">Its value as it may be shown; null when there is none to show.</param>
/// <param name="Allowed">What is allowed, or what to do.</param>
internal sealed record SettingViolation(string Name, string? Shown, string Allowed)
{
    /// <summary>A secret's value never; a URL without what may hold a password.</summary>
    public static SettingViolation Of(Setting setting, string value, string? allowed = null)
        => new(setting.Name, Show(setting, value), allowed ?? setting.Allowed);

    /// <summary>One line, whatever the value holds.</summary>
    public override string ToString() => Shown is null ? $"{Name}: {Allowed}" : $"{Name}={Shown}: allowed is {Allowed}";

    /// <summary>A value as it may be shown to the operator.</summary>
    public static string Show(Setting setting, string value)
    {
        if (setting.IsSecret)
        {
            return "(secret)";
        }

        var shown = setting.Kind == SettingKind.Url ? SettingShapes.WithoutSecrets(value) : value;
        return string.Concat(shown.Take(200).Select(c => char.IsControl(c) ? ' ' : c));
    }
}

/// <summary>The settings do not allow a start; every violation is in it.</summary>
internal sealed class BadSettingsException(IReadOnlyList<SettingViolation> violations, IReadOnlyList<string>? warnings = null)
    : Exception(string.Join(Environment.NewLine, violations))
{
    public IReadOnlyList<SettingViolation> Violations => violations;

    /// <summary>What is allowed but looks like a mistake, and may be the cause.</summary>
    public IReadOnlyList<string> Warnings => warnings ?? [];
}
