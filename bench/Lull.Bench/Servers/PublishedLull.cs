namespace Lull.Bench.Servers;

/// <summary>Lull as a user would run it.</summary>
internal static class PublishedLull
{
    /// <summary>Publishes it into the folder; what is built on the way lies where this clone's builds lie.</summary>
    /// <returns>Its Lull.dll.</returns>
    /// <exception cref="BenchException">It does not build.</exception>
    public static async Task<string> PublishAsync(string folder, CancellationToken cancellationToken)
    {
        var target = Path.Combine(folder, "published");
        // No build server may stay behind: it would hold our end of its output open.
        IReadOnlyList<string> words = ["publish", SourceTree.Find("src", "Lull"), "-c", "Release", "-o", target, "-v", "quiet", "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false"];
        await Tool.RunAsync(new("dotnet publish", "dotnet", words) { Folder = SourceTree.Find(), InheritsAll = true }, cancellationToken);
        return Path.Combine(target, "Lull.dll");
    }
}
