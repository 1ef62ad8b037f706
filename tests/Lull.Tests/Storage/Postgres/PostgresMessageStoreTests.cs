using Lull.Storage.Postgres;

namespace Lull.Tests.Storage.Postgres;

/// <summary>The whole contract on PostgreSQL.</summary>
public class PostgresMessageStoreTests : MessageStoreContract
{
    private PostgresNodes? _nodes;

    private protected virtual bool ThroughPgBouncer => false;

    private protected override async Task<IMessageStore> OpenAsync()
        => await (_nodes ??= await PostgresNodes.CreateAsync(Time, ThroughPgBouncer)).OpenAsync();

    private protected override ValueTask CloseAsync(IMessageStore store) => _nodes!.CloseAsync((PostgresMessageStore)store);

    private protected override ValueTask CleanUpAsync() => _nodes!.DisposeAsync();

    // The node that comes after it knows nothing of the death: it waits for the lease to end, and for a send's own time.
    private protected override async Task CrashAsync()
    {
        await RestartAsync();
        Pass(31);
    }

    private protected override DateTimeOffset? Seen(DateTimeOffset? dueAt) => dueAt < Store.Now ? Store.Now : dueAt;
}

/// <summary>The same through a pooler that gives every transaction another session.</summary>
public sealed class PostgresThroughPgBouncerTests : PostgresMessageStoreTests
{
    private protected override bool ThroughPgBouncer => true;
}
