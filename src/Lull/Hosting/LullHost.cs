using Lull.Hosting.Crashing;
using Lull.Hosting.Settings;
using Lull.Receiving;

namespace Lull.Hosting;

/// <summary>Composes the process from its settings: the web server, the silo, the rooms.</summary>
internal static class LullHost
{
    /// <param name="adjust">The last word on what is registered, for the demo and for tests.</param>
    public static WebApplication Build(LullSettings settings, Action<WebApplicationBuilder>? adjust = null)
    {
        // Nothing is read from files there, and watching the folder would wake a thread with every write to the store below it.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ApplicationName = "Lull", Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Logging.AddLogs(settings.Hosting);
        builder.AddWeb(settings.Hosting);
        builder.AddSilo(settings.Hosting.Cluster, settings.Storage);
        builder.Services.AddSingleton(settings.Hosting);
        builder.Services.AddClock(settings.Hosting);
        builder.Services.AddProblems();
        builder.Services.AddMetricsExport();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.Hosting.ShutdownTimeout);
        builder.Services.AddRooms(settings);
        builder.Services.AddCrashPoints(settings.Hosting.CrashPoints);
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseTrustedProxies(settings.Hosting);
        app.UseProblems();
        app.UseDraining();
        app.UseReceiving();
        app.UseStatusProblems();
        app.UseRouting();
        app.TellOfStopping(settings.Hosting);
        app.MapRooms();
        return app;
    }

    /// <summary>Opens the store, then the silo, then the doors: nothing is taken before it can be kept.</summary>
    /// <exception cref="StoreInUseException">Another process holds the store.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot be opened.</exception>
    /// <exception cref="CannotListenException">The port is taken, or not ours to take.</exception>
    public static async Task StartAsync(WebApplication app, LullSettings settings, CancellationToken cancellationToken)
    {
        var store = app.Services.GetRequiredService<IMessageStore>();
        await store.OpenAsync(cancellationToken);
        if (settings.Hosting.StartsPaused)
        {
            await store.PauseAsync(location: null, "PAUSED is set", cancellationToken);
        }

        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (ListeningPort.Explain(e, settings.Hosting) is { } explained)
        {
            throw explained;
        }
    }

    private static void AddClock(this IServiceCollection services, HostingOptions options)
        => services.AddSingleton(options.ClockSpeed == 1 ? TimeProvider.System : new ScaledTimeProvider(TimeProvider.System, options.ClockSpeed, options.ClockSince));
}
