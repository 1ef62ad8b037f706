using System.Globalization;
using Lull.Storage.Postgres.Auditing;
using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Sqlite;

namespace Lull.Hosting;

/// <summary>Audits the store in <c>DATABASE_URL</c>, or else in <c>DATA_DIR</c>, beside running servers or without one, and changes nothing.</summary>
internal static class AuditCommand
{
    private const int Listed = 20;

    public static async Task<int> RunAsync(TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var options = StoreCommand.ReadStore();
            var report = options.Postgres is { } postgres
                ? await PostgresAudit.RunAsync(postgres, Listed, cancellationToken)
                : await SqliteSetup.AuditOf(options).AuditAsync(Listed, cancellationToken);
            Print(report, options.Postgres is { } shown ? ConnectionText.Show(shown.ConnectionString) : Path.GetFullPath(options.DataDirectory), output);
            return report.IsClean ? ExitCodes.Done : ExitCodes.Failed;
        }
        catch (Exception e) when (StoreCommand.Explain(e, error) is { } exitCode)
        {
            return exitCode;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("The audit was stopped before it had seen everything.");
            return ExitCodes.StoreUnavailable;
        }
    }

    private static void Print(AuditReport report, string where, TextWriter output)
    {
        output.WriteLine($"Audit of {where}");
        Print("webhooks", report.Webhooks, output);
        Print("messages", report.Messages, output);
        Print("batches", report.Batches, output);
        Print("deliveries", report.Deliveries, output);
        foreach (var violation in report.Violations)
        {
            output.WriteLine($"VIOLATION {violation.Kind}: {violation.Text}");
        }

        if (report.ViolationCount > report.Violations.Count)
        {
            output.WriteLine($"… and {Number(report.ViolationCount - report.Violations.Count)} more.");
        }

        var seconds = report.Took.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
        output.WriteLine(report.IsClean
            ? $"Clean: every message has one fate, every batch a lawful state, every reply one delivery record ({seconds} s)."
            : $"{Number(report.ViolationCount)} violations ({seconds} s). docs/operations.md says what to do.");
    }

    private static void Print(string what, IReadOnlyDictionary<string, long> counts, TextWriter output)
        => output.WriteLine(
            $"  {what,-11}{Number(counts.Values.Sum())}{(counts.Count == 0 ? "" : ": ")}{string.Join(", ", counts.Select(count => $"{Number(count.Value)} {count.Key}"))}");

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
