using System.Security.Cryptography;
using Lull.Storage.Ledger;
using Lull.Storage.Sqlite.Auditing;

namespace Lull.Storage.Sqlite;

/// <summary>The embedded store: one file, one writing process, every promise of <see cref="IMessageStore"/>.</summary>
internal sealed partial class SqliteMessageStore(StorageOptions options, TimeProvider time, StoreMetrics metrics, ILogger<SqliteMessageStore> logger)
    : IMessageStore, IAsyncDisposable
{
    private readonly SqliteDatabase _database = new(options);
    private readonly StoreClock _clock = new(time);
    private readonly OpenSet _open = new();
    private readonly SeenKeys _seen = new();
    private readonly StoreMirror _mirror = new();
    private readonly SemaphoreSlim _opening = new(1);
    private ProcessLock? _lock;
    private SqliteSession? _session;
    private WriteContext? _context;
    private SqliteWriter? _writer;
    private SqliteReaders? _readers;
    private byte[] _hashKey = [];

    public string Kind => "sqlite";

    public bool IsShared => false;

    public DateTimeOffset Now => _clock.Now;

    private SqliteWriter Writer => _writer ?? throw new StoreUnavailableException("The store is not open yet.");

    private SqliteReaders Readers => _readers ?? throw new StoreUnavailableException("The store is not open yet.");

    private QueueReads Queue => field ??= new(_open, _mirror, _clock);

    private FateReads Fates => field ??= new(Queue);

    private SqliteAudit Audit => field ??= new(_database, TimeProvider.System);

    private ConversationReads Conversations => field ??= new(_open, _clock, Queue);

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_writer is null)
            {
                _database.EnsureFolder();
                _lock = await ProcessLock.TakeAsync(_database.LockFile, options.LockWait, Waiting, TimeProvider.System, cancellationToken);
                _session = _database.OpenForWriting();
                SqliteSchema.Migrate(_session);
                await StartAsync(_session, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
        {
            throw new StoreUnavailableException(
                $"The database in {_database.Folder} cannot be opened: {exception.Message} Set DATA_DIR to a folder that Lull may write; nothing in it was changed.", exception);
        }
        finally
        {
            _opening.Release();
        }
    }

    public Task CheckAsync(CancellationToken cancellationToken)
        => WriteAsync(context => context.Sql.Execute("INSERT INTO meta (name, value) VALUES ('checked_at', $1) ON CONFLICT (name) DO UPDATE SET value = $1", Now.ToColumn()), cancellationToken, needsRoom: true);

    public async ValueTask DisposeAsync()
    {
        if (_writer is not null)
        {
            await _writer.DisposeAsync();
        }

        _readers?.Dispose();
        _context?.Dispose();
        _session?.Dispose();
        _lock?.Dispose();
        _opening.Dispose();
    }

    private void Waiting(string holder) => Log.Waiting(logger, _database.Folder, holder, options.LockWait.TotalSeconds);

    private async Task StartAsync(SqliteSession session, CancellationToken cancellationToken)
    {
        _hashKey = LoadHashKey(session);
        var lastId = session.Number("SELECT MAX(COALESCE((SELECT MAX(id) FROM messages), 0), COALESCE((SELECT MAX(id) FROM steps), 0))")!.Value;
        _clock.NotBefore(new MessageId(lastId).StoredAt);
        _context = new(session, _open, _seen, _clock, _mirror, _hashKey, lastId);
        _context.Reload();
        _readers = new(_database);
        var writer = new SqliteWriter(_database, _context, options, TimeProvider.System, metrics, logger);
        writer.Start();
        var recovered = await writer.RunAsync(LedgerOperations.Recover, needsRoom: false, cancellationToken);
        _writer = writer;
        Log.Opened(logger, _database.Folder, _open.Count, recovered);
    }

    private static byte[] LoadHashKey(SqliteSession session)
    {
        const string Select = "SELECT value FROM meta WHERE name = 'hash_key'";
        if (session.Scalar(Select) is byte[] known)
        {
            return known;
        }

        session.Execute("INSERT INTO meta (name, value) VALUES ('hash_key', $1)", RandomNumberGenerator.GetBytes(32));
        return (byte[])session.Scalar(Select)!;
    }

    private Task<T> WriteAsync<T>(Func<WriteContext, T> work, CancellationToken cancellationToken, bool needsRoom = false)
        => Writer.RunAsync(work, needsRoom, cancellationToken).AsTask();

    private Task<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken) => Readers.ReadAsync(read, cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(3, LogLevel.Warning, "The database in {Folder} is held by {Holder}; waiting up to {Seconds} s for it to end")]
        public static partial void Waiting(ILogger logger, string folder, string holder, double seconds);

        [LoggerMessage(2, LogLevel.Information, "Store open in {Folder}: {Conversations} conversations have something open, {Batches} batches taken up again")]
        public static partial void Opened(ILogger logger, string folder, int conversations, int batches);
    }
}
