using System.Text;

namespace Lull.Hosting.Settings;

/// <summary>Writes the catalogue as a commented <c>.env</c>.</summary>
internal static class EnvExample
{
    /// <summary>Every setting with its default, or with a value from <paramref name="values"/>.</summary>
    /// <param name="comment">True writes settings without a value of their own as comments, so that only what was chosen is set.</param>
    public static string Write(string heading, IReadOnlyDictionary<string, string>? values = null, bool comment = false)
    {
        var text = new StringBuilder();
        foreach (var line in heading.Split('\n'))
        {
            text.Append($"# {line}".TrimEnd()).Append('\n');
        }

        foreach (var section in SettingCatalogue.Sections)
        {
            text.Append($"\n# --- {section.Title} ---\n");
            foreach (var setting in section.Settings)
            {
                var own = values?.GetValueOrDefault(setting.Name);
                text.Append($"\n# {setting.Meaning}\n# Allowed: {setting.Allowed}.{Note(setting)}\n");
                text.Append($"{(comment && own is null ? "#" : "")}{setting.Name}={own ?? setting.Default}\n");
            }
        }

        return text.ToString();
    }

    private static string Note(Setting setting)
        => (setting.DefaultNote is { } note ? $" Empty: {note}." : "") + (setting.IsSecret ? $" Or {setting.Name}_FILE=path." : "");
}
