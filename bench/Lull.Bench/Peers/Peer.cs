namespace Lull.Bench.Peers;

/// <summary>Another way to do the same job, measured under the same load.</summary>
/// <param name="Start">Starts all its processes with a store in the folder; the wait is that of Lull.</param>
internal sealed record Peer(string Name, Func<IReadOnlyList<PeerPart>> Parts, Func<RunFolder, RunSetup, CancellationToken, Task<ILoadedServer>> Start)
{
    /// <summary>What we measure ourselves against.</summary>
    public static IReadOnlyList<Peer> All => [FlaskPeer.Description, BullMqPeer.Description];

    /// <summary>What is missing, in words, with what installs it; null if all is there.</summary>
    public string? Missing => Parts().Where(part => !part.IsThere).ToList() is { Count: > 0 } missing
        ? $"{string.Join(", ", missing.Select(part => part.Name))} is not installed; {string.Join(" && ", missing.Select(part => part.Install.ToString()).Distinct())}"
        : null;

    /// <summary>Installs what is missing; the whole machine has it afterwards.</summary>
    /// <exception cref="BenchException">It does not work.</exception>
    public async Task InstallAsync(TextWriter output, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new BenchException("--install needs root.");
        }

        // One by one, since a part may need an earlier one.
        foreach (var part in Parts().Where(part => !part.IsThere).DistinctBy(part => part.Install.ToString()))
        {
            output.WriteLine($"Installing for {Name}: {part.Install}");
            await Tool.RunAsync(new(part.Install.File, part.Install.File, part.Install.Arguments) { Folder = SourceTree.Find() }, cancellationToken);
        }
    }
}
