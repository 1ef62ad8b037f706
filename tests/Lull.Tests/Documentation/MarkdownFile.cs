using System.Text.RegularExpressions;
using Lull.Tests.Architecture;

namespace Lull.Tests.Documentation;

/// <summary>One document of the repository: its links, headings and code.</summary>
internal sealed partial record MarkdownFile(string Name, string Text)
{
    private static readonly string[] BuildOutput = ["artifacts", "bin", "obj", "node_modules", ".git"];

    /// <summary>Every .md file, build output left out.</summary>
    public static IReadOnlyList<MarkdownFile> All { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(name => !name.Split(Path.DirectorySeparatorChar).Any(BuildOutput.Contains))
            .Order(StringComparer.Ordinal)
            .Select(name => new MarkdownFile(name, Repository.Read(name).ReplaceLineEndings("\n"))),
    ];

    /// <summary>Targets of links and pictures that stay in the repository.</summary>
    public IEnumerable<string> RelativeLinks
        => Link().Matches(Prose).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal));

    /// <summary>The anchors GitHub makes of the headings.</summary>
    public IEnumerable<string> Anchors
        => Heading().Matches(WithoutBlocks).Select(match => NotInAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    /// <summary>What stands in code blocks and between backticks.</summary>
    public IEnumerable<string> Code
        => Block().Matches(Text).Select(match => match.Value).Concat(Span().Matches(WithoutBlocks).Select(match => match.Groups[1].Value));

    /// <summary>The text from a heading up to the next one of its level.</summary>
    public string Section(string heading)
    {
        var from = Text.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(from >= 0, $"{Name} has no '{heading}'.");
        var to = Text.IndexOf($"\n{heading.Split(' ')[0]} ", from + 2, StringComparison.Ordinal);
        return Text[from..(to < 0 ? Text.Length : to)];
    }

    private string WithoutBlocks => Block().Replace(Text, "");

    private string Prose => Span().Replace(WithoutBlocks, "``");

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} +(.+?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchor();
}
