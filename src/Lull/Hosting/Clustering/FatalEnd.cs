using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Lull.Hosting.Clustering;

/// <summary>
/// The silo cannot go on, mostly because the other nodes have declared it dead while it lived (it stood still, or the network between them was cut). The process stops
/// in order and ends with <see cref="ExitCodes.LeftCluster"/>, so that whoever supervises it starts it again. What it is still doing is guarded by its leases.
/// </summary>
internal sealed partial class FatalEnd(IHostApplicationLifetime lifetime, HostingOptions options, ILogger<FatalEnd> logger) : IFatalErrorHandler, IDisposable
{
    // A silo that is dead to the others may find nobody to say goodbye to.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private ITimer? _last;
    private int _hasCome;

    public bool HasCome => Volatile.Read(ref _hasCome) != 0;

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _hasCome, 1) != 0)
        {
            return;
        }

        Log.Fatal(logger, exception, context ?? sender?.ToString() ?? "unknown");
        _last = TimeProvider.System.CreateTimer(static _ => Environment.Exit(ExitCodes.LeftCluster), null, options.ShutdownTimeout + Patience, Timeout.InfiniteTimeSpan);
        lifetime.StopApplication();
    }

    public void Dispose() => _last?.Dispose();

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Critical, "This node is out of the cluster and stops with exit code 76, to be started again by its supervisor; what it had open the others take over. Cause: {Cause}")]
        public static partial void Fatal(ILogger logger, Exception? exception, string cause);
    }
}
