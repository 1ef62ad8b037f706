using Lull.Storage.Ledger;
using Lull.Storage.Postgres.Migrating;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>The store that any number of nodes share: every promise of <see cref="IMessageStore"/>, by the database's transactions, locks and clock.</summary>
internal sealed partial class PostgresMessageStore : IMessageStore, IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly PostgresOptions _options;
    private readonly StoreMetrics _metrics;
    private readonly ILogger _logger;
    private readonly PostgresDatabase _database;
    private readonly PostgresClock _clock;
    private readonly PostgresLedger _ledger;
    private readonly PostgresMirror _mirror;
    private readonly OpenStepReads _openSteps;
    private readonly SemaphoreSlim _opening = new(1);
    private PostgresInbox? _inbox;
    private KeyedHash? _hash;
    private int _isClosed;

    /// <param name="source">Closed together with the store.</param>
    public PostgresMessageStore(NpgsqlDataSource source, PostgresOptions options, TimeProvider time, StoreMetrics metrics, ILogger<PostgresMessageStore> logger)
    {
        (_source, _options, _metrics, _logger) = (source, options, metrics, logger);
        _database = new(source, options);
        _clock = new(time);
        _ledger = new(_database, _clock, $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}");
        _mirror = new(_database, time);
        _openSteps = new(_database);
    }

    public string Kind => "postgres";

    public bool IsShared => true;

    public DateTimeOffset Now => _clock.Now;

    private PostgresInbox Inbox => _inbox ?? throw new StoreUnavailableException("The store is not open yet.");

    private KeyedHash Hash => _hash ?? throw new StoreUnavailableException("The store is not open yet.");

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_inbox is null)
            {
                await StartAsync(cancellationToken);
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    public Task CheckAsync(CancellationToken cancellationToken)
        => _database.WriteAsync(
            sql => sql.ExecuteAsync(
                "INSERT INTO lull.meta (name, number) VALUES ('checked_at', lull.now_ms($1)) ON CONFLICT (name) DO UPDATE SET number = excluded.number", _clock.Told),
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Whoever composes the process knows the store by several names, and closes it by each.
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        if (_inbox is not null)
        {
            await _inbox.DisposeAsync();
        }

        _mirror.Dispose();
        _opening.Dispose();
        await _source.DisposeAsync();
    }

    /// <summary>Nothing is recovered: what other nodes hold is theirs until their leases end, and so is what a dead one held.</summary>
    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var migrator = new Migrator(_source, _options);
        var applied = await new FirstContact(_options, TimeProvider.System, (where, reason) => Log.Waiting(_logger, where, reason)).RunAsync(migrator.ApplyAsync, cancellationToken);
        foreach (var script in applied)
        {
            Log.Migrated(_logger, _options.Schema, script.Version, script.Name);
        }

        if (migrator.IsBehind)
        {
            Log.Behind(_logger, _options.Schema);
        }

        var (hash, newest) = await _database.WriteAsync(
            async sql =>
            {
                await _clock.ReadAsync(sql);
                return (await KeyedHash.LoadAsync(sql), await NewestAsync(sql));
            },
            cancellationToken);
        _clock.NotBefore(newest.StoredAt);
        _hash = hash;
        var inbox = new PostgresInbox(_database, _clock, hash, TimeProvider.System, _metrics, _logger);
        inbox.Start();
        _inbox = inbox;
        Log.Opened(_logger, _options.Schema);
    }

    private static async Task<MessageId> NewestAsync(PostgresSession sql)
        => new(await sql.NumberAsync(
            """
            SELECT GREATEST((SELECT max(id) FROM lull.messages), (SELECT max(id) FROM lull.steps WHERE batch = (SELECT max(id) FROM lull.batches)), 0)
            """) ?? 0);

    private Task<T> ReadAsync<T>(Func<PostgresSession, DateTimeOffset, Task<T>> read, CancellationToken cancellationToken)
        => _database.ReadAsync(sql => read(sql, Now), cancellationToken);

    private Task<T> WriteAsync<T>(Func<PostgresSession, DateTimeOffset, Task<T>> write, CancellationToken cancellationToken)
        => _database.WriteAsync(async sql => await write(sql, await _clock.ReadAsync(sql)), cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Information, "Store open in PostgreSQL, schema {Schema}")]
        public static partial void Opened(ILogger logger, string schema);

        [LoggerMessage(5, LogLevel.Warning, "{Where} cannot be used yet and is waited for: {Reason}")]
        public static partial void Waiting(ILogger logger, string where, string reason);

        [LoggerMessage(6, LogLevel.Information, "Schema {Schema} brought to version {Version} ({Name})")]
        public static partial void Migrated(ILogger logger, string schema, int version, string name);

        [LoggerMessage(7, LogLevel.Warning, "Schema {Schema} is one version ahead of this node, which works with it: another node was upgraded first. Upgrade this one soon, the next version will refuse it")]
        public static partial void Behind(ILogger logger, string schema);
    }
}
