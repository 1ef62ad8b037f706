using Lull.Storage.Sqlite.Auditing;

namespace Lull.Storage.Sqlite;

/// <summary>Registers the embedded store.</summary>
internal static class SqliteSetup
{
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, StorageOptions options, BurstWindowSettings window)
        => services.AddSingleton<SqliteMessageStore>().AddStore<SqliteMessageStore>(options, window);

    /// <summary>The tables of the store in a folder.</summary>
    /// <param name="onWait">Told where and why, while another process holds the file.</param>
    public static IStoreSchema SchemaOf(StorageOptions options, Action<string, string>? onWait = null) => new SqliteSchema(options, onWait);

    /// <summary>The audit of the store in a folder, whether or not a server has it open.</summary>
    public static IAudit AuditOf(StorageOptions options) => new SqliteAudit(new(options), TimeProvider.System);
}
