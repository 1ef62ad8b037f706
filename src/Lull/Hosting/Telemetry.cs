using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Lull.Hosting;

/// <summary>The metrics of Lull, of the web server and of the runtime, for Prometheus.</summary>
internal static class Telemetry
{
    /// <summary>The meter every room counts under.</summary>
    public const string MeterName = "Lull";

    public static void AddMetricsExport(this IServiceCollection services)
        => services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("lull", serviceVersion: ProductVersion.Text)).WithMetrics(metrics => metrics
            .AddMeter(MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "System.Net.Http")
            .AddPrometheusExporter());

    /// <summary>Maps <c>GET /metrics</c>; call it on the operator's group, which asks for the token.</summary>
    public static IEndpointConventionBuilder MapMetrics(this IEndpointRouteBuilder endpoints)
        => endpoints.MapPrometheusScrapingEndpoint("/metrics");
}
