namespace Lull.Hosting;

/// <summary>How the nodes on one database find each other.</summary>
internal sealed record ClusterOptions
{
    /// <summary>This node's address as the others reach it: an IP address, or a host name that could be resolved. Null = it stands alone.</summary>
    public string? Address { get; init; }

    public int Port { get; init; } = 11_111;

    /// <summary>The port it listens on itself, where others reach it at another one; 0 = <see cref="Port"/>.</summary>
    public int ListenPort { get; init; }

    public string ClusterId { get; init; } = "lull";
}
