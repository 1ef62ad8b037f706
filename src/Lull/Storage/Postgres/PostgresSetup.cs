using Lull.Storage.Postgres.Connecting;

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
}
