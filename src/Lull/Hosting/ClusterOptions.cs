namespace Lull.Hosting;

/// <summary>How the nodes on one database find each other.</summary>
internal sealed record ClusterOptions
{
    /// <summary>This node's address as the others reach it: an IP address, or a host name that could be resolved. Null = it stands alone.</summary>
    public string? Address { get; init; }

    public int Port { get; init; } = 11_111;

    public string ClusterId { get; init; } = "lull";
}
