using Lull.Storage.Sqlite.Auditing;

namespace Lull.Storage.Sqlite;

/// <summary>Registers the embedded store.</summary>
internal static class SqliteSetup
{
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, StorageOptions options, BurstWindowSettings window)
        => services.AddSingleton<SqliteMessageStore>().AddStore<SqliteMessageStore>(options, window);

    /// <summary>The audit of the store in a folder, whether or not a server has it open.</summary>
    public static IAudit AuditOf(StorageOptions options) => new SqliteAudit(new(options), TimeProvider.System);

    /// <summary>The migrations of the store in a folder. A server that has it open is waited for, as a second server waits.</summary>
    public static IMigrations MigrationsOf(StorageOptions options) => new SqliteMigrations(options, TimeProvider.System);
}
