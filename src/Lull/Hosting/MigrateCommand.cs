using Lull.Hosting.Settings;
using Lull.Storage.Postgres;
using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Sqlite;

namespace Lull.Hosting;

/// <summary>Brings the tables of the store in <c>DATABASE_URL</c>, or else in <c>DATA_DIR</c>, up to date, or says what is missing.</summary>
internal static class MigrateCommand
{
    public static async Task<int> RunAsync(bool check, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var options = Read();
            var (migrations, where) = options.Postgres is { } postgres
                ? (PostgresSetup.MigrationsOf(postgres), ConnectionText.Show(postgres.ConnectionString))
                : (SqliteSetup.MigrationsOf(options), Path.GetFullPath(options.DataDirectory));
            return check
                ? Tell(await migrations.LookAsync(cancellationToken), where, output)
                : Tell(await migrations.ApplyAsync(new(script => output.WriteLine($"applied {script}"), error.WriteLine), cancellationToken), where, output);
        }
        catch (BadSettingsException e)
        {
            ServeCommand.Explain(e, error);
            return ExitCodes.BadSettings;
        }
        catch (BadConnectionTextException e)
        {
            error.WriteLine($"DATABASE_URL {e.Message}");
            return ExitCodes.BadSettings;
        }
        catch (Exception e) when (e is StoreInUseException or StoreUnavailableException)
        {
            error.WriteLine(e.Message);
            return ExitCodes.StoreUnavailable;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped. A script that was running has left nothing behind; lull migrate goes on from there.");
            return ExitCodes.StoreUnavailable;
        }
    }

    /// <summary>Only where the store is matters: another setting that would keep the server from starting is no reason not to migrate.</summary>
    private static StorageOptions Read()
    {
        var reader = new SettingsReader(SettingSources.OfProcess(Environment.CurrentDirectory));
        var options = StoreSettings.Read(reader);
        if (options.Postgres is null && reader.Text("DATABASE_URL") is { } text)
        {
            // Says what is wrong with it; the folder is another store.
            ConnectionText.Read(text);
        }

        // Whatever names the wrong place must not make tables in another one.
        SettingViolation[] astray = [.. reader.Violations.Where(violation => violation.Name.StartsWith("DATABASE_", StringComparison.Ordinal) || violation.Name == "DATA_DIR")];
        return astray.Length == 0 ? options : throw new BadSettingsException(astray);
    }

    private static int Tell(MigrationState state, string where, TextWriter output)
    {
        foreach (var script in state.Missing)
        {
            output.WriteLine($"missing {script}");
        }

        output.WriteLine(state switch
        {
            { Missing.Count: > 0 } => $"{where} is of version {state.Version}, this Lull's is {state.Known}: run lull migrate, or start the server.",
            _ when state.Version > state.Known => $"{where} is of version {state.Version}, one newer than this Lull's {state.Known}, which can work on it.",
            _ => $"{where} is of version {state.Version}: up to date.",
        });
        return state.Missing.Count > 0 ? ExitCodes.Failed : ExitCodes.Done;
    }
}
