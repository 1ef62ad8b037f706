namespace Lull.Conversations;

/// <summary>Registers the room; the grain itself is found by Orleans.</summary>
internal static class ConversationSetup
{
    public static IServiceCollection AddConversations(this IServiceCollection services, ConversationOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ConversationMetrics>();
        services.AddSingleton<StoreSteps>();
        services.AddSingleton<FaultDesk>();
        services.AddSingleton<TokenBudget>();
        services.AddSingleton<Obstacles>();
        services.AddSingleton<ReplySlots>();
        services.AddSingleton<ReplyStep>();
        services.AddSingleton<SendRetry>();
        services.AddSingleton<DeliveryStep>();
        services.AddSingleton<ReadBackStep>();
        services.AddSingleton<BatchRunner>();
        services.AddSingleton<ActiveRuns>();
        services.AddSingleton<StandIn>();
        services.AddSingleton<DueLine>();
        services.AddSingleton<IDueLine>(provider => provider.GetRequiredService<DueLine>());
        services.AddHostedService(provider => provider.GetRequiredService<DueLine>());
        services.AddHostedService<LeaseRenewal>();
        return services;
    }
}
