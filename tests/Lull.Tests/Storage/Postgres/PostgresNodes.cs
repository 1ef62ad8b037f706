using Lull.Storage.Postgres;
using Lull.Storage.Postgres.Connecting;
using Lull.Tests.Harness.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lull.Tests.Storage.Postgres;

/// <summary>A database of a test's own and the nodes that share it.</summary>
internal sealed class PostgresNodes(TestDatabase database, TimeProvider time, string connectionString) : IAsyncDisposable
{
    private readonly List<PostgresMessageStore> _open = [];

    public TestDatabase Database => database;

    public static async Task<PostgresNodes> CreateAsync(TimeProvider time, bool throughPgBouncer = false)
    {
        var database = await TestDatabase.CreateAsync();
        return new(database, time, throughPgBouncer ? await database.ConnectionStringThroughPgBouncerAsync() : database.ConnectionString);
    }

    /// <summary>One more node, open.</summary>
    /// <param name="settings">For its connections.</param>
    public async Task<PostgresMessageStore> OpenAsync(string settings = "")
    {
        var options = new PostgresOptions { ConnectionString = ConnectionText.Read($"{connectionString};{settings}") };
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        var store = new PostgresMessageStore(PostgresSource.Open(options), options, time, new StoreMetrics(meters), NullLogger<PostgresMessageStore>.Instance);
        _open.Add(store);
        await store.OpenAsync(TestContext.Current.CancellationToken);
        return store;
    }

    public async ValueTask CloseAsync(PostgresMessageStore store)
    {
        _open.Remove(store);
        await store.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _open)
        {
            await store.DisposeAsync();
        }

        await database.DisposeAsync();
    }
}
