using System.Globalization;
using System.Text.RegularExpressions;

namespace Lull.Hosting.Crashing;

/// <summary>When a <see cref="CrashPoint"/> acts.</summary>
internal enum CrashWhen
{
    /// <summary>The process dies before the call is made.</summary>
    Before,

    /// <summary>The call has done its work (it is committed, the other side took it), and the process dies before anybody is told.</summary>
    After,

    /// <summary>The call fails in a way nobody foresaw; the process lives.</summary>
    Throws,

    /// <summary>The call has done its work, and the whole process stands still (SIGSTOP) until somebody continues it.</summary>
    Stands,
}

/// <summary>
/// One place where a process under test dies: <c>claim:before</c>, <c>fence.send:after:2</c> (the second such call), <c>send:after@ann</c> (counted from ann's first webhook on).
/// </summary>
/// <param name="Step">A call of the store, the writer or the sender, such as <c>save-reply</c>; with <c>.kind</c> only when that is among its arguments or is its result.</param>
/// <param name="From">Nothing is counted before this contact's first webhook; null = counted from the start.</param>
internal sealed partial record CrashPoint(string Step, CrashWhen When, int Nth, string? From)
{
    public static bool TryParse(string text, out CrashPoint point)
    {
        point = new("", CrashWhen.Before, 1, null);
        if (Grammar().Match(text) is not { Success: true } match || !CrashingCalls.Steps.Contains(match.Groups["call"].Value))
        {
            return false;
        }

        point = new(
            match.Groups["step"].Value,
            Enum.Parse<CrashWhen>(match.Groups["when"].Value, ignoreCase: true),
            match.Groups["nth"] is { Success: true } nth ? int.Parse(nth.Value, CultureInfo.InvariantCulture) : 1,
            match.Groups["from"] is { Success: true } from ? from.Value : null);
        return true;
    }

    public static CrashPoint Parse(string text) => TryParse(text, out var point) ? point : throw new FormatException($"'{text}' is no crash point.");

    public override string ToString() => $"{Step}:{When.ToString().ToLowerInvariant()}:{Nth}" + (From is null ? "" : $"@{From}");

    [GeneratedRegex("^(?<step>(?<call>[a-z-]+)(\\.[a-z-]+)?):(?<when>before|after|throws|stands)(:(?<nth>[1-9][0-9]{0,5}))?(@(?<from>[^,@\\s]+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Grammar();
}
