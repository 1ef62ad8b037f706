using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite;

/// <summary>Connections for reading: each sees the last commit and never waits for the writer.</summary>
internal sealed class SqliteReaders(SqliteDatabase database) : IDisposable
{
    private readonly ConcurrentBag<SqliteSession> _idle = [];
    private readonly SemaphoreSlim _places = new(8);

    /// <exception cref="StoreUnavailableException">The file cannot be read now.</exception>
    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Read(read), cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var session))
        {
            session.Dispose();
        }

        _places.Dispose();
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        try
        {
            if (!_idle.TryTake(out var session))
            {
                session = database.OpenForReading();
            }

            try
            {
                return read(session);
            }
            finally
            {
                _idle.Add(session);
            }
        }
        catch (SqliteException exception)
        {
            throw new StoreUnavailableException("The store cannot be read now: " + exception.Message, exception);
        }
    }
}
