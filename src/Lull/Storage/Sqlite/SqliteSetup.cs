using Lull.Storage.Sqlite.Auditing;

namespace Lull.Storage.Sqlite;

/// <summary>Registers the embedded store.</summary>
internal static class SqliteSetup
{
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, StorageOptions options, BurstWindowSettings window)
    {
        services.AddSingleton(options);
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<SqliteMessageStore>();
        services.AddSingleton<IMessageStore>(provider => provider.GetRequiredService<SqliteMessageStore>());
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

    /// <summary>The audit of the store in a folder, whether or not a server has it open.</summary>
    public static IAudit AuditOf(StorageOptions options) => new SqliteAudit(new(options), TimeProvider.System);
}
