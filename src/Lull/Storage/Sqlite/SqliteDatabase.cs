using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite;

/// <summary>The database file: its folder and its connections.</summary>
internal sealed class SqliteDatabase(StorageOptions options)
{
    public string Folder { get; } = Path.GetFullPath(options.DataDirectory);

    public string LockFile => Path.Combine(Folder, "lull.lock");

    public bool Exists => System.IO.File.Exists(File);

    private string File => Path.Combine(Folder, "lull.db");

    /// <summary>Bytes that can still be written to the disk of the folder; none when it is gone.</summary>
    public long FreeBytes
    {
        get
        {
            try
            {
                return Directory.Exists(Folder) ? new DriveInfo(Folder).AvailableFreeSpace : 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    /// <summary>Makes the folder where it is missing, readable by its owner only: it holds what customers wrote.</summary>
    public void EnsureFolder()
    {
        if (Directory.Exists(Folder))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Folder);
        }
        else
        {
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>The one connection that writes. A commit is on the disk when it returns (<c>synchronous=FULL</c>).</summary>
    public SqliteSession OpenForWriting()
    {
        var session = Open(SqliteOpenMode.ReadWriteCreate);

        // Of a new file only. Twice SQLite's own: a group of webhooks is half as many writes, and a vendor's event seldom needs a second page.
        session.Execute("PRAGMA page_size=8192");
        session.Execute("PRAGMA journal_mode=WAL");
        session.Execute("PRAGMA synchronous=FULL");
        session.Execute("PRAGMA wal_autocheckpoint=2000");
        session.Execute("PRAGMA temp_store=MEMORY");
        session.Execute("PRAGMA cache_size=-65536");
        return session;
    }

    public SqliteSession OpenForReading()
    {
        var session = Open(SqliteOpenMode.ReadOnly);
        session.Execute("PRAGMA query_only=ON");
        return session;
    }

    /// <summary>A connection for the audit, which may look at a store that no server has open: nothing is made, brought up to date or repaired.</summary>
    /// <exception cref="StoreUnavailableException">There is no store, or it is not of this Lull's version.</exception>
    public SqliteSession OpenForAudit()
    {
        if (!Exists)
        {
            throw new StoreUnavailableException($"There is no database {File}. Set DATA_DIR to the folder of the store that is to be audited.");
        }

        var session = OpenForReading();
        try
        {
            // Walks side by side through several tables, each of them in order.
            session.Execute("PRAGMA cache_size=-65536");
            var (version, known) = (session.Number("PRAGMA user_version") ?? 0, SqliteSchema.Known.Count);
            return version == known ? session : throw new StoreUnavailableException(
                $"The database in {Folder} is of version {version}, this Lull audits version {known}. "
                + (version < known ? "Start the server once, it brings the database up to date." : "Audit it with the newer Lull that wrote it."));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private SqliteSession Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = File,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 1,
        }.ToString());
        connection.Open();
        return new(connection);
    }
}
