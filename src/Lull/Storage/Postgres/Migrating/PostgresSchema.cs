using Lull.Storage.Postgres.Connecting;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>The tables in the database, looked at without a server.</summary>
/// <param name="onWait">Told where and why, while the database is not there yet.</param>
internal sealed class PostgresSchema(PostgresOptions options, Action<string, string> onWait) : IStoreSchema
{
    /// <summary>Does not wait for the database: whoever asks is told how it is now.</summary>
    public Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellationToken)
        => RunAsync(options with { StartWait = TimeSpan.Zero }, (migrator, token) => migrator.MissingAsync(token), cancellationToken);

    public Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken) => RunAsync(options, (migrator, token) => migrator.ApplyAsync(token), cancellationToken);

    private async Task<IReadOnlyList<string>> RunAsync(
        PostgresOptions patience, Func<Migrator, CancellationToken, Task<IReadOnlyList<MigrationScript>>> work, CancellationToken cancellationToken)
    {
        await using var source = PostgresSource.Open(options);
        var migrator = new Migrator(source, options);
        var scripts = await new FirstContact(patience, TimeProvider.System, onWait).RunAsync(token => work(migrator, token), cancellationToken);
        return [.. scripts.Select(script => script.Name)];
    }
}
