using System.Globalization;
using Lull.Storage.Sqlite.Auditing;
using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite;

/// <summary>Copies the database into one file beside whatever server runs on it: a snapshot of one moment, audited before it gets its name.</summary>
internal sealed class SqliteBackup(StorageOptions options, TimeProvider time)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SqliteDatabase _database = new(options);

    /// <param name="listed">How many violations are listed at most.</param>
    /// <exception cref="StoreRefusedException">The file is there already, its folder is not, or its disk has too little room.</exception>
    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be copied.</exception>
    public async Task<BackupReport> WriteAsync(string file, int listed, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(file);
        Check(full);

        // On the same disk, so that it can be moved into place at once; the copy is nobody else's to read at any moment.
        var workshop = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():n}");
        try
        {
            MakeFolder(workshop);
            var copy = Path.Combine(workshop, Path.GetFileName(full));
            await Task.Run(() => Copy(copy, cancellationToken), cancellationToken);
            var report = await ReadAsync(copy, listed, cancellationToken);
            Sync(copy);
            File.Move(copy, full, overwrite: false);
            return report;
        }
        catch (SqliteException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"No backup was made: {exception.Message} {full} was not written.", exception);
        }
        finally
        {
            if (Directory.Exists(workshop))
            {
                Directory.Delete(workshop, recursive: true);
            }
        }
    }

    private void Check(string full)
    {
        if (!_database.Exists)
        {
            throw new StoreUnavailableException($"There is no database {_database.File}. Set DATA_DIR to the folder of the store that is to be copied.");
        }

        if (File.Exists(full) || Directory.Exists(full))
        {
            throw new StoreRefusedException($"{full} exists, and a backup overwrites nothing. Name a new file, for example one with the date in its name.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(full)))
        {
            throw new StoreRefusedException($"The folder {Path.GetDirectoryName(full)} does not exist. Make it first, readable by you alone: a backup holds what customers wrote.");
        }
    }

    private void Copy(string copy, CancellationToken cancellationToken)
    {
        using var session = _database.OpenForCopying();
        var bytes = session.Number("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0;
        var free = new DriveInfo(Path.GetDirectoryName(copy)!).AvailableFreeSpace;
        if (free < bytes + options.MinFreeBytes)
        {
            throw new StoreRefusedException(
                $"The backup may need {Mebibytes(bytes)} MiB, {Mebibytes(free)} MiB are free there, and {Mebibytes(options.MinFreeBytes)} MiB must stay free. Make room, or name a file on another disk.");
        }

        using (cancellationToken.Register(session.Interrupt))
        {
            session.Execute("VACUUM INTO $1", copy);
        }
    }

    private async Task<BackupReport> ReadAsync(string copy, int listed, CancellationToken cancellationToken)
    {
        var database = new SqliteDatabase(new() { DataDirectory = Path.GetDirectoryName(copy)! }, Path.GetFileName(copy));
        long version, messages;
        using (var session = database.OpenForReading())
        {
            version = session.Number("PRAGMA user_version") ?? 0;
            messages = session.Number("SELECT count(*) FROM messages") ?? 0;
        }

        // A backup is made before an upgrade too, when the tables are those of the Lull before.
        var report = version == SqliteSchema.Known.Count ? await new SqliteAudit(database, time).AuditAsync(listed, cancellationToken) : null;
        return new(new FileInfo(copy).Length, messages, version, report);
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    private static void Sync(string copy)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(copy, OwnerOnly);
        }

        using var file = new FileStream(copy, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    private static string Mebibytes(long bytes) => (bytes >> 20).ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>What was copied.</summary>
/// <param name="Messages">Webhooks of every outcome.</param>
/// <param name="Audit">Of the copy; null where its tables are of another version than this Lull's.</param>
internal sealed record BackupReport(long Bytes, long Messages, long Version, AuditReport? Audit);
