using System.Text.Json.Serialization;
using Lull.Operating.Access;
using Lull.Operating.Answers;
using Lull.Operating.Endpoints;
using Lull.Operating.Telling;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Lull.Operating;

/// <summary>Puts the room together: the operator's endpoints, what guards them, and what runs beside them.</summary>
internal static class OperatingSetup
{
    /// <summary>Needs from others: <see cref="IMessageStore"/>, <see cref="BurstWindows"/>, <see cref="TimeProvider"/>, <see cref="IGrainFactory"/> and a list of <see cref="SettingInForce"/>.</summary>
    public static IServiceCollection AddOperating(this IServiceCollection services, OperatingOptions options)
    {
        var origins = new Origins(options);
        services.AddSingleton(options).AddSingleton(origins).AddSingleton(new AdminTokens(options.AdminTokens))
            .AddSingleton<FailureLimit>().AddSingleton<HealthCheck>().AddSingleton<ContactLookup>().AddSingleton<ConversationCalls>()
            .AddSingleton<OperatorActions>().AddSingleton<AlertPost>();
        services.AddCors(cors => cors.AddDefaultPolicy(policy => Admit(policy, origins)));
        services.AddProblemDetails();
        services.AddOpenApi("v1", OpenApiDescription.Configure);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = OperatingJson.Default.Options.PropertyNamingPolicy;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new UtcMilliseconds());
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, OperatingJson.Default);
        });
        services.AddMetrics();

        // Without loggers: the address of many receivers is itself a secret.
        services.AddHttpClient(AlertPost.Client, client => client.Timeout = TimeSpan.FromSeconds(10))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            })
            .RemoveAllLoggers();
        return services.AddHostedService<AttentionTeller>().AddHostedService<Retention>().AddHostedService<QueueGauges>();
    }

    /// <summary>Maps the endpoints and what stands before them.</summary>
    /// <returns>The group that only the operator may call: what is mapped into it by others is guarded in the same way.</returns>
    public static RouteGroupBuilder MapOperating(this WebApplication app)
    {
        // Made now, so that the uptime counts from here.
        _ = app.Services.GetRequiredService<HealthCheck>();
        app.UseCors();
        app.UseMiddleware<OperatorAccess>();
        app.Use(PathIds.InvokeAsync);

        HealthEndpoints.Map(app);
        FrontPage.Map(app);
        Docs.Map(app);

        var group = app.MapGroup(string.Empty).WithMetadata(new OperatorOnly());
        group.AddEndpointFilter(StoreFaults.InvokeAsync);
        BatchConfigEndpoints.Map(group);
        QueueStatusEndpoint.Map(group);
        BatchStatusEndpoints.Map(group);
        MessageEndpoints.Map(group);
        ConversationEndpoints.Map(group);
        DeadLetterEndpoints.Map(group);
        HeldEndpoints.Map(group);
        PauseEndpoints.Map(group);
        AttentionEndpoints.Map(group);
        AuditEndpoint.Map(group);
        ConfigEndpoint.Map(group);
        ContactEndpoints.Map(group);
        return group;
    }

    private static void Admit(CorsPolicyBuilder policy, Origins origins) => policy
        .SetIsOriginAllowed(origins.Admits)
        .WithMethods(HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete)
        .AllowAnyHeader()
        .WithExposedHeaders("Retry-After", "WWW-Authenticate", "Content-Disposition");
}
