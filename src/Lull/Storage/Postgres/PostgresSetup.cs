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

    /// <summary>The migrations of a database, whether or not nodes are at work on it.</summary>
    public static IMigrations MigrationsOf(PostgresOptions postgres) => new PostgresMigrations(PostgresSource.Open(postgres), postgres, TimeProvider.System);
}
