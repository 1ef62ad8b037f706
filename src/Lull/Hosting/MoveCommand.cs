using System.Globalization;
using Lull.Storage.Moving;
using Lull.Storage.Postgres;
using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Moving;
using Lull.Storage.Sqlite.Moving;

namespace Lull.Hosting;

/// <summary>Moves an embedded store into the empty database of <c>DATABASE_URL</c>: whole, audited, or not at all.</summary>
internal static class MoveCommand
{
    private const int Listed = 20;

    public static async Task<int> RunAsync(string file, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            if (StoreCommand.ReadStore().Postgres is not { } postgres)
            {
                error.WriteLine("DATABASE_URL is not set. Set it to the empty database that the store is to be moved into.");
                return ExitCodes.BadSettings;
            }

            using var source = await SqliteMoveSource.OpenAsync(file, TimeProvider.System, cancellationToken);
            output.WriteLine($"Auditing {source.File} …");
            var audited = await source.AuditAsync(Listed, cancellationToken);
            if (!audited.IsClean)
            {
                return Refuse(audited, source.File, error);
            }

            await PostgresSetup.SchemaOf(postgres, (place, reason) => error.WriteLine($"{place} is not there yet and is waited for: {reason}")).ApplyAsync(cancellationToken);
            var progress = new MoveProgress(output.WriteLine, TimeProvider.System);
            var report = await PostgresMoveTarget.FillAsync(postgres, source, audited, progress, TimeProvider.System, cancellationToken);
            Tell(report, source.File, postgres, output);
            return ExitCodes.Done;
        }
        catch (Exception e) when (StoreCommand.Explain(e, error) is { } exitCode)
        {
            return exitCode;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped. The database was left empty, the file as it was.");
            return ExitCodes.Failed;
        }
    }

    private static int Refuse(AuditReport audited, string file, TextWriter error)
    {
        foreach (var violation in audited.Violations)
        {
            error.WriteLine($"VIOLATION {violation.Kind}: {violation.Text}");
        }

        error.WriteLine($"{file} has {audited.ViolationCount} violations and is not moved. docs/operations.md says what to do about them.");
        return ExitCodes.Failed;
    }

    private static void Tell(AuditReport report, string file, PostgresOptions postgres, TextWriter output)
    {
        output.WriteLine(
            $"Moved {Number(report.Webhooks)} webhooks, {Number(report.Batches)} batches and {Number(report.Deliveries)} delivery records into "
            + $"{ConnectionText.Show(postgres.ConnectionString)}, schema {postgres.Schema}. Audited there and clean; every count is that of the file.");
        output.WriteLine("What to do next:");
        output.WriteLine($"  1. Rename the file, so that no server answers its messages a second time: mv '{file}' '{file}.moved' (with its -wal and -shm, where they are there)");
        output.WriteLine("  2. Set DATABASE_URL where the server runs, and start it.");
        output.WriteLine("  3. Keep the file until you are sure; then delete it: it holds what customers wrote.");
    }

    private static string Number(IReadOnlyDictionary<string, long> counts) => counts.Values.Sum().ToString("N0", CultureInfo.InvariantCulture);
}
