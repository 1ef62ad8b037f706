using Lull.Hosting.Settings;
using Lull.Storage.Postgres;
using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Sqlite;

namespace Lull.Hosting;

/// <summary>Brings the store in <c>DATABASE_URL</c>, or else in <c>DATA_DIR</c>, to the version that this Lull knows; a server does the same at its start.</summary>
internal static class MigrateCommand
{
    /// <param name="onlyLooks">True = changes nothing and says what would be applied.</param>
    public static async Task<int> RunAsync(bool onlyLooks, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var options = StoreCommand.ReadStore();
            var schema = options.Postgres is { } postgres ? PostgresSetup.SchemaOf(postgres, Tell) : SqliteSetup.SchemaOf(options, Tell);
            var where = options.Postgres is { } shown ? $"{ConnectionText.Show(shown.ConnectionString)}, schema {shown.Schema}" : Path.GetFullPath(options.DataDirectory);
            return onlyLooks
                ? Look(await schema.MissingAsync(cancellationToken), where, output)
                : Applied(await schema.ApplyAsync(cancellationToken), where, output);
        }
        catch (Exception e) when (StoreCommand.Explain(e, error) is { } exitCode)
        {
            return exitCode;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped. What was applied stays; the script that was running has left nothing behind.");
            return ExitCodes.StoreUnavailable;
        }

        void Tell(string place, string reason) => error.WriteLine($"{place} cannot be used yet and is waited for: {reason}");
    }

    private static int Look(IReadOnlyList<string> missing, string where, TextWriter output)
    {
        foreach (var name in missing)
        {
            output.WriteLine($"not applied: {name}");
        }

        output.WriteLine(missing.Count == 0 ? $"{where} is up to date." : $"{where} lacks {missing.Count}. lull migrate applies them; so does the next start of a server.");
        return missing.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static int Applied(IReadOnlyList<string> applied, string where, TextWriter output)
    {
        foreach (var name in applied)
        {
            output.WriteLine($"applied: {name}");
        }

        output.WriteLine($"{where} is up to date.");
        return ExitCodes.Done;
    }
}
