namespace Lull.Bench.Peers;

/// <summary>Something a peer needs on the machine.</summary>
/// <param name="Install">The command that brings it.</param>
internal sealed record PeerPart(string Name, bool IsThere, PeerInstall Install);

/// <summary>A command of the system's package manager, or of npm.</summary>
internal sealed record PeerInstall(string File, params IReadOnlyList<string> Arguments)
{
    public static PeerInstall Debian(params IReadOnlyList<string> packages) => new("apt-get", ["install", "--yes", "--no-install-recommends", .. packages]);

    public override string ToString() => $"{File} {string.Join(' ', Arguments)}";
}
