namespace Lull.Bench.Servers;

/// <summary>The clone that this benchmark was built in: peers and the project to publish are looked for there.</summary>
internal static class SourceTree
{
    private const string Mark = "Lull.slnx";

    /// <exception cref="BenchException">The benchmark was moved out of it.</exception>
    public static string Find(params string[] path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Mark)))
            {
                return Path.Combine([folder.FullName, .. path]);
            }
        }

        throw new BenchException($"No {Mark} above {AppContext.BaseDirectory}: run the benchmark from a clone.");
    }
}
