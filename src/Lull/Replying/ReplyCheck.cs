using System.Text.RegularExpressions;

namespace Lull.Replying;

/// <summary>What a model wrote, made ready, and whether it may be sent unseen. Pure.</summary>
internal static partial class ReplyCheck
{
    /// <summary>A reply that shares this many consecutive characters with the instructions is held.</summary>
    public const int RepeatedChars = 40;

    /// <summary>Without the thinking that some open models write before their answer (all of it, when the token limit came first), and without white space around it.</summary>
    public static string Clean(string text) => Thinking().Replace(text, "").Trim();

    /// <summary>Why the reply must not be sent unseen, or null. White space and case do not matter; the facts and the opening message may be repeated.</summary>
    public static string? Objection(string reply, PromptText prompt)
        => Marker().IsMatch(reply) ? "the reply contains a template marker"
            : Repeats(Words.Normalised(reply), Words.Normalised(prompt.Instructions), Words.Normalised(prompt.Facts ?? ""))
                ? $"the reply repeats {RepeatedChars} or more characters of the instructions"
            : null;

    private static bool Repeats(string reply, string instructions, string facts)
    {
        for (var i = 0; i + RepeatedChars <= reply.Length; i++)
        {
            var part = reply.AsSpan(i, RepeatedChars);
            if (instructions.AsSpan().Contains(part, StringComparison.Ordinal) && !facts.AsSpan().Contains(part, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\z)", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Thinking();

    [GeneratedRegex(@"\{\{.*?\}\}|\{%.*?%\}|<\|.*?\|>|\[/?INST\]|<</?SYS>>|</?think(?:ing)?>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Marker();
}
