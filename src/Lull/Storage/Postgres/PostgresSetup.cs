using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Migrating;

namespace Lull.Storage.Postgres;

/// <summary>Registers the store that nodes share.</summary>
internal static class PostgresSetup
{
    public static IServiceCollection AddPostgresStorage(this IServiceCollection services, StorageOptions options, PostgresOptions postgres, BurstWindowSettings window)
        => services.AddSingleton(provider => new PostgresMessageStore(
            PostgresSource.Open(postgres),
            postgres,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<StoreMetrics>(),
            provider.GetRequiredService<ILogger<PostgresMessageStore>>())).AddStore<PostgresMessageStore>(options, window);

    /// <summary>The tables of the store in a database.</summary>
    /// <param name="onWait">Told where and why, while the database is not there yet.</param>
    public static IStoreSchema SchemaOf(PostgresOptions options, Action<string, string> onWait) => new PostgresSchema(options, onWait);
}
