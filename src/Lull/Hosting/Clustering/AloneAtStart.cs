using Lull.Hosting.Settings;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.MembershipService;

namespace Lull.Hosting.Clustering;

/// <summary>A node that cannot reach the others at its start serves alone: the store makes it as correct, and messages are not refused for the sake of speed.</summary>
internal static partial class AloneAtStart
{
    /// <summary>Starts the process; where the cluster cannot be joined, a second time without it.</summary>
    /// <param name="build">Composes the process from settings.</param>
    public static async Task<WebApplication> StartAsync(LullSettings settings, Func<LullSettings, WebApplication> build, CancellationToken cancellationToken)
    {
        var app = build(settings);
        try
        {
            await LullHost.StartAsync(app, settings, cancellationToken);
            return app;
        }
        catch (Exception e) when (settings.Hosting.Cluster.Address is not null && IsUnreachable(e))
        {
            await app.DisposeAsync();
            return await AloneAsync(settings, build, e.GetBaseException().Message, cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private static async Task<WebApplication> AloneAsync(LullSettings settings, Func<LullSettings, WebApplication> build, string reason, CancellationToken cancellationToken)
    {
        var alone = settings with { Hosting = settings.Hosting with { Cluster = settings.Hosting.Cluster with { Address = null } } };
        var app = build(alone);
        try
        {
            await LullHost.StartAsync(app, alone, cancellationToken);
            Log.Alone(app.Logger, reason);
            await app.Services.GetRequiredService<IMessageStore>().RaiseAsync(
                "cluster:alone",
                $"The node at {settings.Hosting.Cluster.Address}:{settings.Hosting.Cluster.Port} could not reach the others and serves alone, as correct and a little slower to react. "
                + "Open CLUSTER_PORT between the nodes and restart it.",
                cancellationToken);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>True when a start failed because members that are said to be alive did not answer.</summary>
    public static bool IsUnreachable(Exception exception) => exception is OrleansClusterConnectivityCheckFailedException
        || (exception is AggregateException several ? several.InnerExceptions.Any(IsUnreachable) : exception.InnerException is { } inner && IsUnreachable(inner));

    private static partial class Log
    {
        [LoggerMessage(33, LogLevel.Error, "This node cannot reach the others and serves alone, as correct and a little slower to react. Open CLUSTER_PORT between the nodes and restart it. {Reason}")]
        public static partial void Alone(ILogger logger, string reason);
    }
}
