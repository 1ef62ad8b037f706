using Lull.Conversations;
using Lull.Hosting;
using Lull.Hosting.Clustering;
using Lull.Tests.Harness;
using Lull.Tests.Harness.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Lull.Tests.Hosting.Clustering;

/// <summary>A node of which only the silo is real: no conversations, no store.</summary>
internal sealed class BareNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BareNode(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    /// <summary>What the node's conversations were told.</summary>
    public FakeDueLine Line => (FakeDueLine)_app.Services.GetRequiredService<IDueLine>();

    public SiloAddress Address => _app.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    public FatalEnd FatalEnd => _app.Services.GetRequiredService<FatalEnd>();

    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    public IManagementGrain Management => _app.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);

    public static BareNode Build(ClusterDatabase database, Action<ClusterMembershipOptions>? adjust = null)
    {
        var port = ServerTools.FreePort();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Services.AddSingleton(new HostingOptions());
        builder.Services.AddSingleton<IDueLine, FakeDueLine>();
        builder.UseOrleans(silo =>
        {
            silo.UseCluster(new() { Address = "127.0.0.1", Port = port }, new() { ConnectionString = database.ConnectionString });
            silo.Configure(adjust ?? (_ => { }));
        });
        return new(builder.Build(), port);
    }

    public static async Task<BareNode> StartAsync(ClusterDatabase database)
    {
        var node = Build(database);
        await node.StartAsync();
        return node;
    }

    public Task StartAsync() => _app.StartAsync();

    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
