using System.Globalization;
using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Sqlite;

namespace Lull.Hosting;

/// <summary>Copies the embedded store into one file beside a running server, or says how PostgreSQL's own tools do it.</summary>
internal static class BackupCommand
{
    private const int Listed = 20;

    public static async Task<int> RunAsync(string file, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var options = StoreCommand.ReadStore();
            if (options.Postgres is { } postgres)
            {
                TellOfPostgres(postgres, file, error);
                return ExitCodes.Failed;
            }

            return Tell(await new SqliteBackup(options, TimeProvider.System).WriteAsync(file, Listed, cancellationToken), Path.GetFullPath(file), options, output, error);
        }
        catch (Exception e) when (StoreCommand.Explain(e, error) is { } exitCode)
        {
            return exitCode;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped; no backup was made.");
            return ExitCodes.Failed;
        }
    }

    private static int Tell(BackupReport report, string file, StorageOptions options, TextWriter output, TextWriter error)
    {
        output.WriteLine($"{file}: {Number(report.Bytes)} bytes, {Number(report.Messages)} webhooks");
        output.WriteLine(report.Audit switch
        {
            null => $"Not audited: its tables are of version {report.Version}, and this Lull audits its own only.",
            { IsClean: true } audit => $"Audited and clean: {Number(audit.Messages.Values.Sum())} messages, {Number(audit.Batches.Values.Sum())} batches.",
            { } audit => $"The backup is as the store is, and that has {Number(audit.ViolationCount)} violations. docs/operations.md says what to do.",
        });
        foreach (var violation in report.Audit?.Violations ?? [])
        {
            error.WriteLine($"VIOLATION {violation.Kind}: {violation.Text}");
        }

        var store = Path.Combine(Path.GetFullPath(options.DataDirectory), "lull.db");
        output.WriteLine($"To restore it, stop Lull, then: rm -f {Shell(store + "-wal")} {Shell(store + "-shm")} && cp -p {Shell(file)} {Shell(store)}");
        output.WriteLine("Start Lull again. What was open in it is answered then, also what Lull answered after the backup was made, or held where it has become older than STALE_AFTER: "
            + "to look first, start with PAUSED=true.");
        return report.Audit is { IsClean: false } ? ExitCodes.Failed : ExitCodes.Done;
    }

    /// <summary>The nodes' schema goes without its rows: they tell of processes, and those of then do not run when it is restored.</summary>
    private static void TellOfPostgres(PostgresOptions postgres, string file, TextWriter error)
    {
        var (where, schema, cluster) = (Shell(ConnectionText.ForTools(postgres.ConnectionString)), postgres.Schema, postgres.Schema + "_cluster");
        error.WriteLine("The store is in PostgreSQL, whose own tools copy it beside running nodes. The password is asked for, or taken from PGPASSWORD or ~/.pgpass.");
        error.WriteLine("They need the server itself, or a pooler in session mode. To back it up:");
        error.WriteLine($"  pg_dump --format=custom --schema={Pattern(schema)} --schema={Pattern(cluster)} --exclude-table-data={Pattern(cluster, ".*")} --file={Shell(Path.GetFullPath(file))} {where}");
        error.WriteLine("To restore it into a database without these schemas, while no node runs on it:");
        error.WriteLine($"  pg_restore --no-owner --single-transaction --dbname={where} {Shell(Path.GetFullPath(file))}");
        error.WriteLine("Then lull audit, and start Lull.");
    }

    private static string Pattern(string schema, string rest = "") => Shell($"\"{schema}\"{rest}");

    /// <summary>One word for a shell, whatever is in it.</summary>
    private static string Shell(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
