using Lull.Hosting.Settings;

namespace Lull.Hosting;

/// <summary>Writes a first <c>.env</c> whose secrets nobody else has.</summary>
internal static class InitCommand
{
    private const string Heading = """
        Lull's settings. A real environment variable beats this file.
        A line that starts with # is not in force: its default is shown.
        Keep this file to yourself: it holds secrets.
        """;

    private static readonly string[] Secrets = ["WEBHOOK_SECRET", "ADMIN_TOKEN", "ALERT_SECRET"];

    public static int Run(string directory, bool force, TextWriter output, TextWriter error)
    {
        var path = Path.Combine(directory, ".env");
        if (!force && File.Exists(path))
        {
            error.WriteLine($"{path} exists already and was left as it is. lull init --force overwrites it; the secrets in it are then gone.");
            return ExitCodes.Failed;
        }

        try
        {
            Write(path, EnvExample.Write(Heading, Secrets.ToDictionary(name => name, _ => FreshSecret.Next()), comment: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"{path} cannot be written: {e.Message}");
            return ExitCodes.Failed;
        }

        output.WriteLine($"Wrote {path} with fresh secrets: {string.Join(", ", Secrets)}.");
        output.WriteLine("Give WEBHOOK_SECRET to whoever sends webhooks; send ADMIN_TOKEN as a bearer token to operate Lull.");
        output.WriteLine("Next: put OPENAI_API_KEY, GHL_API_KEY and GHL_LOCATION_ID into it, then start Lull.");
        return ExitCodes.Done;
    }

    private static void Write(string path, string text)
    {
        // Made anew, so that an old file's wider permissions are not taken over, and complete before it has its name.
        var fresh = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(fresh, options))
        {
            writer.Write(text);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
