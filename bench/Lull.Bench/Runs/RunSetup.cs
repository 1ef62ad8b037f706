namespace Lull.Bench.Runs;

/// <summary>What every run is given.</summary>
/// <param name="Folder">Where the stores are made; on the disk that is to be measured.</param>
internal sealed record RunSetup(TextWriter Output, string Folder, bool IsSmoke)
{
    /// <summary>Beside the built benchmark, which lies on a real disk where a temporary folder may not.</summary>
    public static string DefaultFolder => Path.Combine(AppContext.BaseDirectory, "runs");

    /// <summary>A word on the machine, so that a table that is passed on still says where it was made.</summary>
    public string Machine => $"{Environment.ProcessorCount} cores, .NET {Environment.Version}{(IsSmoke ? ", smoke: numbers mean nothing" : "")}";

    public RunFolder NewFolder() => new(Folder);
}
