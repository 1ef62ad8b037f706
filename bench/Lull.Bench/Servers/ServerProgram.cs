using System.Diagnostics;

namespace Lull.Bench.Servers;

/// <summary>A program that the benchmark starts and that says when it is ready.</summary>
/// <param name="Name">For messages.</param>
internal sealed record ServerProgram(string Name, string File, IReadOnlyList<string> Arguments)
{
    /// <summary>What the programs need of the benchmark's own environment; nothing else may reach a server that is measured.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "LANG"];

    private const string RuntimePrefix = "DOTNET_";

    public required string Folder { get; init; }

    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What it prints once it takes requests; an address that begins there, if there is one, is its own.</summary>
    public string ReadyMark { get; init; } = "Listening on http";

    /// <summary>The signal that ends it in an orderly way at once, for one that leaves something behind when it is killed; null is a kill.</summary>
    public int? StopSignal { get; init; }

    public ProcessStartInfo ToStart()
    {
        var start = new ProcessStartInfo(File, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        var environment = start.Environment;
        foreach (var name in environment.Keys.Where(name => !Inherited.Contains(name) && !name.StartsWith(RuntimePrefix, StringComparison.Ordinal)).ToList())
        {
            environment.Remove(name);
        }

        foreach (var (name, value) in Settings)
        {
            environment[name] = value;
        }

        return start;
    }
}
