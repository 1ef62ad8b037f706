using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite;

/// <summary>Brings the file up to date without a server.</summary>
internal sealed class SqliteMigrations(StorageOptions options, TimeProvider time) : IMigrations
{
    private readonly SqliteDatabase _database = new(options);

    public Task<MigrationState> LookAsync(CancellationToken cancellationToken)
        => ExplainedAsync(() => Task.FromResult(_database.Look()));

    public Task<MigrationState> ApplyAsync(MigrationTelling telling, CancellationToken cancellationToken)
        => ExplainedAsync(async () =>
        {
            _database.EnsureFolder();
            using var held = await ProcessLock.TakeAsync(
                _database.LockFile, options.LockWait, holder => telling.Waiting($"The database in {_database.Folder} is held by {holder}; waiting for it to end"), time, cancellationToken);
            using var session = _database.OpenForWriting();
            return SqliteDatabase.Migrate(session, telling.Applied);
        });

    private async Task<MigrationState> ExplainedAsync(Func<Task<MigrationState>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new StoreUnavailableException($"The database in {_database.Folder} cannot be opened: {exception.Message} Set DATA_DIR to a folder that Lull may write.", exception);
        }
    }
}
