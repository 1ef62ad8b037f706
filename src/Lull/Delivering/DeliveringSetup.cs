using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Lull.Delivering;

/// <summary>Registers the room.</summary>
internal static class DeliveringSetup
{
    /// <summary>Adds <see cref="IReplySender"/>: GoHighLevel's when there is a token, otherwise one that never sends.</summary>
    public static IServiceCollection AddDelivering(this IServiceCollection services, DeliveringOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton(options);
        if (string.IsNullOrEmpty(options.ApiKey))
        {
            return services.AddSingleton<IReplySender, UnconfiguredSender>();
        }

        // The factory's own log lines would name addresses with contact ids at Information, and every send is logged here already.
        services.AddHttpClient(GoHighLevelClient.HttpName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => Handler(options))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        services.AddSingleton<DeliveringMetrics>();
        services.AddSingleton<GoHighLevelClient>();
        services.AddSingleton<SentMessages>();
        return services.AddSingleton<IReplySender, GoHighLevelSender>();
    }

    private static SocketsHttpHandler Handler(DeliveringOptions options) => new()
    {
        // A redirected or repeated send could arrive twice, or elsewhere with the token.
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,

        // Shorter than the whole, so that a host that does not even take the connection is known not to have got the message.
        ConnectTimeout = options.Timeout / 2,

        // Shorter than servers keep idle connections: a send on one that is just being closed would end in doubt.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };
}
