using Lull.Storage.Ledger.Auditing;
using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite.Auditing;

/// <summary>
/// Walks the tables one after another in one read transaction, on a connection of its own that cannot write.
/// The writer goes on meanwhile: it appends to the log, of which this reader sees only what was committed when it began.
/// </summary>
internal sealed class SqliteAudit(SqliteDatabase database, TimeProvider time) : IAudit
{
    private readonly SemaphoreSlim _one = new(1);

    /// <exception cref="StoreUnavailableException">There is no store there that this Lull can read; the message says why.</exception>
    public async Task<AuditReport> AuditAsync(int limit, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Read(limit, cancellationToken), cancellationToken);
        }
        catch (SqliteException exception)
        {
            throw new StoreUnavailableException($"The database in {database.Folder} cannot be audited: {exception.Message}", exception);
        }
        finally
        {
            _one.Release();
        }
    }

    private AuditReport Read(int limit, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var session = database.OpenForAudit();
        session.Execute("BEGIN");
        var findings = new AuditFindings(limit);
        var walk = new AuditWalk(session, new(findings, AuditDialect.Sqlite), cancellationToken);
        walk.Messages();
        walk.Batches();
        walk.Deliveries();
        walk.Others();
        session.Execute("ROLLBACK");
        return findings.Report(time.GetElapsedTime(started));
    }
}
