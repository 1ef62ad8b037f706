using Lull.Hosting.Settings;

namespace Lull.Tests.Hosting;

/// <summary>Settings as a test writes them.</summary>
internal static class SettingsOf
{
    public static SettingSources Environment(params (string Name, string Value)[] settings) => new(ToDictionary(settings), new Dictionary<string, string>());

    public static LullSettings Read(params (string Name, string Value)[] settings) => LullSettings.Read(Environment(settings));

    /// <summary>The lines an operator is shown; empty when the settings are allowed.</summary>
    public static IReadOnlyList<string> Violations(params (string Name, string Value)[] settings)
    {
        try
        {
            Read(settings);
            return [];
        }
        catch (BadSettingsException e)
        {
            return [.. e.Violations.Select(violation => violation.ToString())];
        }
    }

    /// <summary>Of several of a name the last one counts.</summary>
    public static Dictionary<string, string> ToDictionary((string Name, string Value)[] settings)
        => settings.GroupBy(setting => setting.Name, StringComparer.Ordinal).ToDictionary(named => named.Key, named => named.Last().Value, StringComparer.Ordinal);
}
