namespace Lull.Hosting.Settings;

/// <summary>Finds names that look like a mistyped setting, which would otherwise be ignored in silence.</summary>
internal static class SettingTypos
{
    // Short names are one letter away from much that has nothing to do with Lull (PORT, PATH).
    private const int ShortestName = 8;

    public static IReadOnlyList<string> Find(SettingSources sources)
    {
        var known = SettingCatalogue.All
            .SelectMany(setting => setting.IsSecret ? [setting.Name, $"{setting.Name}_FILE"] : (string[])[setting.Name])
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. from name in sources.Environment.Keys.Concat(sources.DotEnv.Keys).Distinct().Order(StringComparer.Ordinal)
               where name.Length >= ShortestName && !known.Contains(name)
               let meant = known.FirstOrDefault(candidate => candidate.Length >= ShortestName && AreClose(name.ToUpperInvariant(), candidate))
               where meant is not null
               select $"{name} is not a setting of Lull and has no effect; did you mean {meant}?",
        ];
    }

    private static bool AreClose(string name, string candidate) => Distance(name, candidate) <= (candidate.Length >= 12 ? 2 : 1);

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
