using Lull.Hosting.Clustering;
using Lull.Hosting.Settings;
using Microsoft.Extensions.Logging;

namespace Lull.Hosting;

/// <summary>Serves until it is asked to stop, and tells in sentences why it cannot.</summary>
internal static partial class ServeCommand
{
    private const string StoppedEarly = "Lull stopped before everything had ended; what was running is taken up again at the next start.";

    public static async Task<int> RunAsync(TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var settings = LullSettings.Read(SettingSources.OfProcess(Environment.CurrentDirectory), Rooms.SettingChecks);
            ListeningPort.Probe(settings.Hosting);
            if (settings.Hosting.Cluster.Address is not null)
            {
                ClusterEndpoint.Of(settings.Hosting.Cluster).Probe();
            }

            await using var app = await AloneAtStart.StartAsync(settings, build => LullHost.Build(build), cancellationToken);
            await AnnounceAsync(app, settings, output, cancellationToken);
            return await EndAsync(app, error, cancellationToken);
        }
        catch (BadSettingsException e)
        {
            Explain(e, error);
            return ExitCodes.BadSettings;
        }
        catch (CannotListenException e)
        {
            error.WriteLine(e.Message);
            return ExitCodes.CannotListen;
        }
        catch (Exception e) when (e is StoreInUseException or StoreUnavailableException)
        {
            error.WriteLine(e.Message);
            return ExitCodes.StoreUnavailable;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine(StoppedEarly);
            return ExitCodes.Done;
        }
    }

    private static async Task<int> EndAsync(WebApplication app, TextWriter error, CancellationToken cancellationToken)
    {
        var fatal = app.Services.GetService<FatalEnd>();
        try
        {
            await app.WaitForShutdownAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            error.WriteLine(StoppedEarly);
        }

        if (fatal is not { HasCome: true })
        {
            return ExitCodes.Done;
        }

        error.WriteLine("The other nodes have declared this one dead. Start it again: it joins them as a new one. Nothing is lost, and what it had open they have taken over.");
        return ExitCodes.LeftCluster;
    }

    /// <summary>Every violation on its own line, and for missing secrets fresh ones to paste.</summary>
    internal static void Explain(BadSettingsException exception, TextWriter error)
    {
        error.WriteLine("Lull cannot start with these settings (docs/configuration.md has all of them):");
        foreach (var violation in exception.Violations)
        {
            error.WriteLine($"  {violation}");
        }

        foreach (var warning in exception.Warnings)
        {
            error.WriteLine($"  {warning}");
        }

        string[] missing = [.. exception.Violations.Where(violation => violation is { Shown: null, Name: "ADMIN_TOKEN" or "WEBHOOK_SECRET" }).Select(violation => violation.Name)];
        if (missing.Length > 0)
        {
            error.WriteLine();
            error.WriteLine("Fresh random secrets, ready to paste into .env:");
            Array.ForEach(missing, name => error.WriteLine($"{name}={FreshSecret.Next()}"));
        }
    }

    private static async Task AnnounceAsync(WebApplication app, LullSettings settings, TextWriter output, CancellationToken cancellationToken)
    {
        var summary = await StartSummary.OfAsync(app, settings, cancellationToken);
        if (settings.Hosting.LogsAsJson)
        {
            Log.Listening(app.Logger, summary.Address, summary.Store, settings.Operating.Replies, settings.Operating.Delivery);
        }
        else
        {
            output.Write(summary.ToString());
        }

        foreach (var warning in settings.Warnings)
        {
            Log.Doubtful(app.Logger, warning);
        }

        if (!settings.Hosting.ListensOnLoopback && settings.Operating.AllowInsecure)
        {
            Log.Insecure(app.Logger, settings.Hosting.Host);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Information, "Listening on {Address}; store {Store}, replies {Replies}, delivery {Delivery}")]
        public static partial void Listening(ILogger logger, string address, string store, string replies, string delivery);

        [LoggerMessage(11, LogLevel.Warning, "{Warning}")]
        public static partial void Doubtful(ILogger logger, string warning);

        [LoggerMessage(12, LogLevel.Warning, "ALLOW_INSECURE is set and {Host} can be reached by others: whatever has no secret of its own is open to them")]
        public static partial void Insecure(ILogger logger, string host);
    }
}
