using Lull.Hosting.Settings;
using Lull.Storage.Postgres.Connecting;

namespace Lull.Hosting;

/// <summary>What commands about the store have in common: only where it is matters, and another setting that would keep the server from starting is no reason to refuse.</summary>
internal static class StoreCommand
{
    /// <exception cref="BadSettingsException"><c>.env</c> cannot be read, or a setting that says where the store is is not allowed.</exception>
    /// <exception cref="BadConnectionTextException"><c>DATABASE_URL</c> cannot be read: the folder is another store.</exception>
    public static StorageOptions ReadStore()
    {
        var reader = new SettingsReader(SettingSources.OfProcess(Environment.CurrentDirectory));
        var options = StoreSettings.Read(reader);
        if (options.Postgres is null && reader.Text("DATABASE_URL") is { } text)
        {
            ConnectionText.Read(text);
        }

        // Whatever names the wrong place must not be answered from, or make tables in, another one.
        SettingViolation[] astray = [.. reader.Violations.Where(violation => violation.Name.StartsWith("DATABASE_", StringComparison.Ordinal) || violation.Name == "DATA_DIR")];
        return astray.Length == 0 ? options : throw new BadSettingsException(astray);
    }

    /// <summary>Tells of a failure that a user can do something about.</summary>
    /// <returns>The exit code; null for any other exception, which is not told of.</returns>
    public static int? Explain(Exception exception, TextWriter error)
    {
        switch (exception)
        {
            case BadSettingsException settings:
                ServeCommand.Explain(settings, error);
                return ExitCodes.BadSettings;
            case BadConnectionTextException text:
                error.WriteLine($"DATABASE_URL {text.Message}");
                return ExitCodes.BadSettings;
            case StoreInUseException or StoreUnavailableException:
                error.WriteLine(exception.Message);
                return ExitCodes.StoreUnavailable;
            default:
                return null;
        }
    }
}
