using System.Runtime.CompilerServices;

namespace Lull.Tests.Architecture;

/// <summary>The files of the repository this test assembly was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Every C# file below a folder, build output left out.</summary>
    public static IEnumerable<string> Sources(string folder)
        => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    // The compiler's path first; a deterministic build may have mapped it away, then the folder of the assembly.
    private static string FindRoot([CallerFilePath] string file = "")
    {
        string[] starts = [Path.GetDirectoryName(file) ?? "", AppContext.BaseDirectory];
        foreach (var start in starts.Where(Directory.Exists))
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Lull.slnx")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new DirectoryNotFoundException("Lull.slnx is above neither this source file nor the test assembly.");
    }
}
