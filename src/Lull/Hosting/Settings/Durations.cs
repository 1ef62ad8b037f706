using System.Globalization;

namespace Lull.Hosting.Settings;

/// <summary>Lengths of time as an operator writes them: <c>90</c>, <c>90s</c>, <c>30m</c>, <c>6h</c>, <c>1d</c>.</summary>
internal static class Durations
{
    private static readonly (char Unit, long Seconds)[] Units = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

    /// <summary>Reads whole seconds; false for anything but digits and at most one unit.</summary>
    public static bool TryParse(string text, out long seconds)
    {
        seconds = 0;
        var unit = Units.FirstOrDefault(unit => text.EndsWith(unit.Unit)) is { Seconds: > 0 } found ? found : default;
        var digits = unit.Seconds > 0 ? text[..^1] : text;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 1_000_000_000)
        {
            return false;
        }

        seconds = number * Math.Max(unit.Seconds, 1);
        return true;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads as the same.</summary>
    public static string Format(long seconds)
    {
        var (unit, size) = Units.First(unit => seconds % unit.Seconds == 0 && (seconds >= unit.Seconds || unit.Seconds == 1));
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / size}{unit}");
    }
}
