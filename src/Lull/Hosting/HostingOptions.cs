using System.Net;
using Lull.Hosting.Crashing;
using Microsoft.Extensions.Logging;

namespace Lull.Hosting;

/// <summary>How the process listens, logs, stops and keeps time.</summary>
internal sealed record HostingOptions
{
    /// <summary>As the operator wrote it: an address, <c>localhost</c>, <c>*</c> or a host name.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>What <see cref="Host"/> stands for.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [IPAddress.Loopback];

    /// <summary>0 = any free port.</summary>
    public int Port { get; init; } = 5000;

    /// <summary>The address others use; null = the address listened on.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>The peers whose <c>X-Forwarded-*</c> headers are believed.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    public LogLevel LogLevel { get; init; } = LogLevel.Information;
    public bool LogsAsJson { get; init; }

    /// <summary>How long running sends may take once the process was asked to stop.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>1 = real time; more only in tests.</summary>
    public int ClockSpeed { get; init; } = 1;

    /// <summary>When the faster clock showed the real time; null = when the process started.</summary>
    public DateTimeOffset? ClockSince { get; init; }

    /// <summary>Where the process dies; any only in tests.</summary>
    public IReadOnlyList<CrashPoint> CrashPoints { get; init; } = [];

    /// <summary>How this node finds the others.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>True: starts with all sending stopped.</summary>
    public bool StartsPaused { get; init; }

    /// <summary>True when nothing but this machine can connect.</summary>
    public bool ListensOnLoopback => Addresses.All(IPAddress.IsLoopback);
}
