namespace Lull.Storage;

/// <summary>Registers a store under every name it is asked for.</summary>
internal static class StorageSetup
{
    public static IServiceCollection AddStore<TStore>(this IServiceCollection services, StorageOptions options, BurstWindowSettings window)
        where TStore : class, IMessageStore
    {
        services.AddSingleton(options);
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<IMessageStore>(provider => provider.GetRequiredService<TStore>());
        services.AddSingleton<IInbox>(provider => provider.GetRequiredService<IMessageStore>());
        services.AddSingleton<IBurstLedger>(provider => provider.GetRequiredService<IMessageStore>());
        services.AddSingleton<ISilences>(provider => provider.GetRequiredService<IMessageStore>());
        services.AddSingleton<IJournal>(provider => provider.GetRequiredService<IMessageStore>());
        services.AddSingleton<IOperatorRecords>(provider => provider.GetRequiredService<IMessageStore>());
        services.AddSingleton<IFaults>(provider => provider.GetRequiredService<IMessageStore>());
        services.AddSingleton<IAttention>(provider => provider.GetRequiredService<IMessageStore>());
        services.AddSingleton(provider => new BurstWindows(window, provider.GetRequiredService<IOperatorRecords>()));
        return services;
    }
}
