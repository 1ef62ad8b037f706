using System.Text.RegularExpressions;

namespace Lull.Replying;

/// <summary>Texts compared as a reader would: case and white space do not matter.</summary>
internal static partial class Words
{
    public static string Normalised(string text) => Space().Replace(text.Trim(), " ").ToLowerInvariant();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
