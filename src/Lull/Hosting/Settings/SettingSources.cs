using DotNetEnv;

namespace Lull.Hosting.Settings;

/// <summary>The places settings are read from: the environment first, then <c>.env</c>.</summary>
internal sealed record SettingSources(IReadOnlyDictionary<string, string> Environment, IReadOnlyDictionary<string, string> DotEnv)
{
    public const string FromDefault = "default", FromEnvironment = "environment", FromDotEnv = ".env", FromFile = "file";

    /// <summary>This process's environment and the <c>.env</c> of a folder, which need not exist.</summary>
    /// <exception cref="BadSettingsException">The <c>.env</c> cannot be read.</exception>
    public static SettingSources OfProcess(string directory)
    {
        var variables = System.Environment.GetEnvironmentVariables();
        var environment = variables.Keys.Cast<string>().ToDictionary(key => key, key => (string)variables[key]!, StringComparer.Ordinal);
        return new(environment, ReadDotEnv(Path.Combine(directory, ".env")));
    }

    /// <summary>The value and where it stands; an empty value counts as not set, but an empty variable of the environment still beats <c>.env</c>.</summary>
    public (string Value, string Source)? Find(string name)
    {
        if (Environment.TryGetValue(name, out var value))
        {
            return (value.Trim(), FromEnvironment);
        }

        return DotEnv.TryGetValue(name, out value) ? (value.Trim(), FromDotEnv) : null;
    }

    private static Dictionary<string, string> ReadDotEnv(string path)
    {
        try
        {
            var settings = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in Env.NoEnvVars().Load(path))
            {
                settings[name] = value;
            }

            return settings;
        }
        catch (Exception e) when (e is Sprache.ParseException or IOException or UnauthorizedAccessException)
        {
            // The parser's own message quotes the text, which may be a secret.
            var where = e is Sprache.ParseException { Position: { } position } ? $"line {position.Line} is not NAME=value" : "the file cannot be read";
            throw new BadSettingsException([new(".env", null, $"{where}; quote a value that holds spaces, # or $ with single quotes")]);
        }
    }
}
