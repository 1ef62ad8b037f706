using System.Text;
using System.Text.RegularExpressions;

namespace Lull.Tests.Documentation;

/// <summary>A curl command as a document shows it, read as far as our documents use curl.</summary>
internal sealed partial record CurlCommand(HttpMethod Method, string Url, string? Body, IReadOnlyList<(string Name, string Value)> Headers)
{
    private static readonly string[] OptionsWithValue = ["-X", "-d", "-H", "-o"];

    /// <summary>The commands of a text that ask a Lull, in code blocks and in inline code.</summary>
    public static IEnumerable<CurlCommand> In(string text)
        => from line in Continued().Replace(text, " ").Split('\n')
           from command in InlineOrWhole(line)
           select Parse(Words(command)) into parsed
           where parsed.Url.Length > 0
           select parsed;

    /// <summary>The path without host and query; <c>$LULL</c> and our example's host are a Lull.</summary>
    public string Path => Host().Replace(Url, "").Split('?')[0] is { Length: > 0 } path ? path : "/";

    /// <summary>The path with its query.</summary>
    public string PathAndQuery => Host().Replace(Url, "");

    public bool AsksLull => Host().IsMatch(Url);

    public HttpRequestMessage ToRequest()
    {
        var request = new HttpRequestMessage(Method, PathAndQuery);
        if (Body is not null)
        {
            request.Content = new StringContent(Body, Encoding.UTF8);
            request.Content.Headers.ContentType = new(Headers.Single(header => header.Name == "Content-Type").Value);
        }

        return request;
    }

    private static IEnumerable<string> InlineOrWhole(string line)
        => line.StartsWith("curl ", StringComparison.Ordinal) ? [line] : Inline().Matches(line).Select(match => match.Groups[1].Value);

    private static CurlCommand Parse(IReadOnlyList<string> words)
    {
        string? method = null, body = null;
        var url = "";
        List<(string, string)> headers = [];
        for (var i = 1; i < words.Count && words[i][0] != '#'; i++)
        {
            var value = OptionsWithValue.Contains(words[i]) && i + 1 < words.Count ? words[++i] : null;
            switch (value is null ? words[i] : words[i - 1])
            {
                case "-X": method = value; break;
                case "-d": body = value; break;
                case "-H" when value!.Split(": ", 2) is [var name, var content]: headers.Add((name, content)); break;
                case var word when value is null && Host().IsMatch(word): url = word; break;
            }
        }

        return new(new(method ?? (body is null ? "GET" : "POST")), url, body, headers);
    }

    private static List<string> Words(string command)
        => [.. Word().Matches(command).Select(match => match.Value.Length > 1 && match.Value[0] is '\'' or '"' ? match.Value[1..^1] : match.Value)];

    [GeneratedRegex(@"\\\r?\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex("`(curl [^`]+)`")]
    private static partial Regex Inline();

    [GeneratedRegex("""'[^']*'|"(?:\\.|[^"\\])*"|\S+""")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(?:\$LULL|https?://(?:localhost|127\.0\.0\.1|lull\.example\.com)(?::\d+)?)(?=/|\?|$)")]
    private static partial Regex Host();
}
