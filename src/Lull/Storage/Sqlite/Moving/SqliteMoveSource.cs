using Lull.Storage.Ledger;
using Lull.Storage.Moving;
using Lull.Storage.Sqlite.Auditing;
using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite.Moving;

/// <summary>An embedded store that is to be moved: its file is only read, and no server can run on it meanwhile.</summary>
internal sealed class SqliteMoveSource : IMoveSource, IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly ProcessLock? _lock;
    private readonly SqliteSession _session;
    private readonly TimeProvider _time;

    private SqliteMoveSource(SqliteDatabase database, ProcessLock? held, SqliteSession session, TimeProvider time)
    {
        (_database, _lock, _session, _time) = (database, held, session, time);
        session.Execute("BEGIN");
        Newest = new(session.Number("SELECT MAX(COALESCE((SELECT MAX(id) FROM messages), 0), COALESCE((SELECT MAX(id) FROM steps), 0))")!.Value);
    }

    public MessageId Newest { get; }

    public string File => _database.File;

    /// <exception cref="StoreRefusedException">There is no such file.</exception>
    /// <exception cref="StoreInUseException">A server runs on it; the message names it.</exception>
    /// <exception cref="StoreUnavailableException">It is no store of this Lull's version.</exception>
    public static async Task<SqliteMoveSource> OpenAsync(string file, TimeProvider time, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(file);
        if (!System.IO.File.Exists(full))
        {
            throw new StoreRefusedException($"There is no file {full}. Name the file of the embedded store; a server's is lull.db in its DATA_DIR.");
        }

        // A server locks what is beside the file itself.
        var real = System.IO.File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        var database = new SqliteDatabase(new() { DataDirectory = Path.GetDirectoryName(real)! }, Path.GetFileName(real));

        // No server opens a file of another name: that is a copy.
        var held = database.IsServers ? await LockAsync(database, cancellationToken) : null;
        try
        {
            return new(database, held, database.OpenForAudit(), time);
        }
        catch (SqliteException exception)
        {
            held?.Dispose();
            throw new StoreUnavailableException($"{full} cannot be read: {exception.Message}", exception);
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    public Task<AuditReport> AuditAsync(int limit, CancellationToken cancellationToken) => new SqliteAudit(_database, _time).AuditAsync(limit, cancellationToken);

    public IEnumerable<object?[]> Rows(MovedTable table)
    {
        var (location, contact) = (IndexOf(table, "location"), IndexOf(table, "contact"));
        return Told(_session.Stream(
            $"SELECT {string.Join(", ", table.Columns.Select(column => Expression(table, column)))} FROM {table.Name} ORDER BY {table.Key}",
            row =>
            {
                var values = new object?[table.Columns.Count];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = table.Columns[i].Type is MovedType.Conversation ? KeyOf(row, location, contact) : Value(row, i, table.Columns[i].Type);
                }

                return values;
            }));
    }

    public long Count(MovedTable table) => _session.Number($"SELECT count(*) FROM {table.Name}")!.Value;

    public long LastNumber(MovedTable table) => _session.Number("SELECT seq FROM sqlite_sequence WHERE name = $1", table.Name) ?? 0;

    public IEnumerable<(UInt128 Hash, long Message)> Seen()
    {
        // Of the two clocks the one that is behind: what is kept too long does no harm.
        var now = Newest.StoredAt < _time.GetUtcNow() ? Newest.StoredAt : _time.GetUtcNow();
        var oldest = now - DuplicateKey.IdWindow;
        return Told(SeenMerge.Read(_session, oldest < DateTimeOffset.UnixEpoch ? 0 : MessageId.FirstOf(oldest).Value));
    }

    public void Dispose()
    {
        _session.Dispose();
        _lock?.Dispose();
    }

    private static async Task<ProcessLock> LockAsync(SqliteDatabase database, CancellationToken cancellationToken)
    {
        try
        {
            return await ProcessLock.TakeAsync(database.LockFile, TimeSpan.Zero, _ => { }, TimeProvider.System, cancellationToken);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StoreRefusedException($"{database.LockFile} cannot be opened, so it is not known whether a server runs on it: run this as the user of the server.", exception);
        }
        catch (StoreInUseException exception)
        {
            throw new StoreInUseException($"{exception.Message} A store is moved while no server runs on it; nothing was changed.");
        }
    }

    /// <summary>The same rows; a file that cannot be read is told from a database that cannot be written.</summary>
    private IEnumerable<T> Told<T>(IEnumerable<T> rows)
    {
        using var row = rows.GetEnumerator();
        while (MoveNext())
        {
            yield return row.Current;
        }

        bool MoveNext()
        {
            try
            {
                return row.MoveNext();
            }
            catch (Exception exception) when (exception is SqliteException or IOException)
            {
                throw new StoreUnavailableException($"{File} cannot be read: {exception.Message} Nothing was moved.", exception);
            }
        }
    }

    private static int IndexOf(MovedTable table, string column) => table.Columns.Select(known => known.Name).ToList().IndexOf(column);

    /// <summary>What the embedded store has for a column; the lease of a process ended with its last sign of life.</summary>
    private string Expression(MovedTable table, MovedColumn column) => (table.Name, column.Name) switch
    {
        (_, "conversation") => "NULL",
        ("batches", "owner") => "CASE WHEN running <> 0 THEN 'sqlite' END",
        ("batches", "lease_until") => FormattableString.Invariant($"CASE WHEN running <> 0 THEN {Newest.StoredAt.ToColumn()} ELSE 0 END"),
        ("batches", "just_written" or "force_used") => "0",
        ("meta", "number") => "CASE WHEN typeof(value) = 'integer' THEN value END",
        ("meta", "bytes") => "CASE WHEN typeof(value) = 'blob' THEN value END",
        _ => column.Name,
    };

    private static object? KeyOf(SqliteDataReader row, int location, int contact)
        => row.IsDBNull(location) || row.IsDBNull(contact) ? null : new ConversationId(row.GetString(location), row.GetString(contact)).Hash;

    private static object? Value(SqliteDataReader row, int column, MovedType type) => row.IsDBNull(column) ? null : type switch
    {
        MovedType.Text => row.GetString(column),
        MovedType.Bytes => row.GetFieldValue<byte[]>(column),
        MovedType.Flag => row.GetInt64(column) != 0,
        MovedType.Numbers => Columns.ReadIds(row.GetString(column)).ToArray(),
        _ => row.GetInt64(column),
    };
}
