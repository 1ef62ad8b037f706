using Lull.Hosting.Settings;
using Lull.Replying;

namespace Lull.Hosting;

/// <summary>The prompts file is checked with the settings: a broken one refuses to start.</summary>
internal static class PromptSettings
{
    public static IEnumerable<SettingViolation> Check(LullSettings settings)
        => settings.Replying.PromptsFile is { } file
            ? PromptLibrary.Load(settings.Replying).Errors.Select(error => new SettingViolation("PROMPTS_FILE", file, error.ToString()))
            : [];
}
