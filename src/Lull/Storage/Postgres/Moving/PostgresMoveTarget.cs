using Lull.Storage.Moving;
using Lull.Storage.Postgres.Auditing;
using Lull.Storage.Postgres.Connecting;

namespace Lull.Storage.Postgres.Moving;

/// <summary>
/// The empty database that a store is moved into: everything is copied, audited and compared in one transaction, so that a move that fails leaves it empty.
/// Whoever comes to its tables meanwhile waits: a server that is started too early finds the whole store.
/// </summary>
internal sealed class PostgresMoveTarget(PostgresDatabase database, PostgresOptions options, TimeProvider time)
{
    /// <summary>How far the database's clock may be behind the one of the source: so long is waited for it.</summary>
    private static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(10);

    private static readonly string[] Tables = [.. MovedTable.All.Select(table => table.Name), "seen"];

    /// <summary>Moves the store; its tables are there and up to date.</summary>
    /// <param name="audited">What the source's own audit counted.</param>
    /// <returns>What the audit of the target counted.</returns>
    /// <exception cref="StoreRefusedException">It is not empty, its clock is off, or what arrived is not what was sent.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be used now.</exception>
    public static async Task<AuditReport> FillAsync(
        PostgresOptions options, IMoveSource source, AuditReport audited, MoveProgress progress, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var pool = PostgresSource.Open(options);
        var database = new PostgresDatabase(pool, options);
        return await database.WriteAsync(
            sql => new PostgresMoveTarget(database, options, time).FillAsync(sql, source, audited, progress), cancellationToken);
    }

    private async Task<AuditReport> FillAsync(PostgresSession sql, IMoveSource source, AuditReport audited, MoveProgress progress)
    {
        await PrepareAsync(sql);
        await CheckClockAsync(sql, source.Newest);
        var copy = new TableCopy(sql, progress);
        foreach (var table in MovedTable.All)
        {
            await copy.RunAsync(table, source.Rows(table));
            if (source.Count(table) is var sent && sent != progress.Moved[table.Name])
            {
                throw Different($"{table.Name} had {sent} rows and not {progress.Moved[table.Name]}");
            }

            if (table.HasIdentity)
            {
                await sql.NumberAsync(
                    $"SELECT setval(pg_get_serial_sequence($1, 'id'), GREATEST($2, (SELECT max(id) FROM lull.{table.Name}), 0) + 1, false)",
                    database.Statement($"lull.{table.Name}"),
                    source.LastNumber(table));
            }
        }

        await copy.SeenAsync(source.Seen());
        progress.Say("Everything is copied; auditing it …");
        var report = await CheckAsync(sql, audited, progress);
        await WaitForClockAsync(sql, source.Newest);
        return report;
    }

    private async Task PrepareAsync(PostgresSession sql)
    {
        // For this transaction alone. Nobody else may read half of it or write into it.
        await sql.ExecuteAsync("SET LOCAL statement_timeout = 0");
        await sql.ExecuteAsync("SET LOCAL idle_in_transaction_session_timeout = 0");
        await sql.ExecuteAsync("SET LOCAL lock_timeout = '5s'");
        await sql.ExecuteAsync($"LOCK TABLE {string.Join(", ", Tables.Select(table => "lull." + table))} IN ACCESS EXCLUSIVE MODE");
        foreach (var table in Tables)
        {
            if (await sql.NumberAsync($"SELECT 1 FROM lull.{table} LIMIT 1") is not null)
            {
                throw new StoreRefusedException(
                    $"{ConnectionText.Show(options.ConnectionString)} is not empty: {options.Schema}.{table} has rows, because a server was started on it or something was moved into it. "
                    + "A store is moved into an empty database only. Take another database, or another DATABASE_SCHEMA; or, if what is in it may go for good, stop every server and run "
                    + $"DROP SCHEMA \"{options.Schema}\" CASCADE; DROP SCHEMA \"{options.Schema}_cluster\" CASCADE; Nothing was changed.");
            }
        }
    }

    private static async Task<DateTimeOffset> NowAsync(PostgresSession sql)
        => DateTimeOffset.FromUnixTimeMilliseconds((await sql.NumberAsync("SELECT lull.now_ms(NULL)"))!.Value);

    private static async Task CheckClockAsync(PostgresSession sql, MessageId newest)
    {
        if (newest.StoredAt - await NowAsync(sql) is var ahead && ahead > MaxAhead)
        {
            throw new StoreRefusedException(
                $"The newest row of the file is of {newest.StoredAt:u}, {ahead.TotalMinutes:0} minutes ahead of the database's clock: new messages would be stored before old ones. "
                + "Set the clocks right, or wait until that moment. Nothing was changed.");
        }
    }

    /// <summary>What is stored from now on must come after what was moved.</summary>
    private async Task WaitForClockAsync(PostgresSession sql, MessageId newest)
    {
        if (newest.StoredAt.AddMilliseconds(1) - await NowAsync(sql) is var ahead && ahead > TimeSpan.Zero)
        {
            await Task.Delay(ahead, time, sql.Cancellation);
        }
    }

    private async Task<AuditReport> CheckAsync(PostgresSession sql, AuditReport audited, MoveProgress progress)
    {
        foreach (var table in Tables)
        {
            // The audit's statements are planned by what is in the tables, and so are those of the server that comes.
            await sql.EachAsync($"ANALYZE lull.{table}", static _ => { });
            await sql.EachAsync($"SELECT count(*) FROM lull.{table}", row =>
            {
                if (row.GetInt64(0) != progress.Moved[table])
                {
                    throw Different($"{table} has {row.GetInt64(0)} rows and not {progress.Moved[table]}");
                }
            });
        }

        var report = await PostgresAudit.ReadAsync(sql, limit: 5, time);
        Same("webhooks", audited.Webhooks, report.Webhooks);
        Same("messages", audited.Messages, report.Messages);
        Same("batches", audited.Batches, report.Batches);
        Same("deliveries", audited.Deliveries, report.Deliveries);
        return report.IsClean ? report : throw Different($"the audit finds {report.ViolationCount} violations, the first: {report.Violations[0].Text}");
    }

    private static void Same(string what, IReadOnlyDictionary<string, long> sent, IReadOnlyDictionary<string, long> arrived)
    {
        if (!sent.OrderBy(count => count.Key, StringComparer.Ordinal).SequenceEqual(arrived.OrderBy(count => count.Key, StringComparer.Ordinal)))
        {
            throw Different($"{what} were {Shown(sent)} and are {Shown(arrived)}");
        }
    }

    private static string Shown(IReadOnlyDictionary<string, long> counts) => string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}"));

    private static StoreRefusedException Different(string what)
        => new($"What arrived is not what was sent: {what}. The database was left empty and the file as it was; report this.");
}
