using Lull.Hosting.Clustering;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Lull.Hosting;

/// <summary>Runs the conversations' silo inside this process: alone, or as one of several where <c>CLUSTER_ADDRESS</c> is set.</summary>
internal static class SiloSetup
{
    public static void AddSilo(this WebApplicationBuilder builder, ClusterOptions cluster, StorageOptions storage) => builder.UseOrleans(silo =>
    {
        silo.Services.KeepRealTimeButForGrains();
        if (cluster.Address is not null && storage.Postgres is { } database)
        {
            silo.UseCluster(cluster, database);
            return;
        }

        silo.UseLocalhostClustering(gatewayPort: 0, serviceId: "lull", clusterId: "lull");
        silo.Services.CloseDoors();

        // Nothing is shared with other silos and nothing must outlive this process: no need to announce the end to anyone for long.
        silo.Configure<ClusterMembershipOptions>(options => options.EnableIndirectProbes = false);
    });

    private static void CloseDoors(this IServiceCollection services)
    {
        // Orleans keeps the silo's and the gateway's listeners under two private keys.
        foreach (var listener in services.Where(service => service.IsKeyedService && service.ServiceType == typeof(IConnectionListenerFactory)).ToArray())
        {
            services.Remove(listener);
            services.AddKeyedSingleton<IConnectionListenerFactory, ClosedDoor>(listener.ServiceKey);
        }
    }

    /// <summary>Lull's clock may be faked or scaled; the silo's own upkeep would spin on such a clock (dotnet/orleans issues 9131 and 10271).</summary>
    private static void KeepRealTimeButForGrains(this IServiceCollection services)
    {
        services.RemoveAllKeyed<TimeProvider>(KeyedService.AnyKey);
        services.AddKeyedSingleton(KeyedService.AnyKey, TimeProvider.System);
        services.AddKeyedSingleton(TimeProviderNames.Grains, static (provider, _) => provider.GetRequiredService<TimeProvider>());
    }
}
