using System.Globalization;
using Npgsql;

namespace Lull.Storage.Postgres.Connecting;

/// <summary>What may stand behind the ? of a database's URL.</summary>
internal static class UrlParameters
{
    private const string Whole = "a whole number from 1 to 1024";

    private static readonly Dictionary<string, SslMode> Modes = new(StringComparer.Ordinal)
    {
        ["disable"] = SslMode.Disable,
        ["allow"] = SslMode.Allow,
        ["prefer"] = SslMode.Prefer,
        ["require"] = SslMode.Require,
        ["verify-ca"] = SslMode.VerifyCA,
        ["verify-full"] = SslMode.VerifyFull,
        ["no-verify"] = SslMode.Require,
    };

    private static readonly Dictionary<string, ChannelBinding> Bindings = new(StringComparer.Ordinal)
    {
        ["disable"] = ChannelBinding.Disable,
        ["prefer"] = ChannelBinding.Prefer,
        ["require"] = ChannelBinding.Require,
    };

    private static readonly Dictionary<string, Action<NpgsqlConnectionStringBuilder, string>> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sslmode"] = (builder, value) => builder.SslMode = Choose(value, "sslmode", Modes),
        ["sslrootcert"] = (builder, value) => builder.RootCertificate = value == "system" ? null : value,
        ["sslcert"] = (builder, value) => builder.SslCertificate = value,
        ["sslkey"] = (builder, value) => builder.SslKey = value,
        ["application_name"] = (builder, value) => builder.ApplicationName = value,
        ["connect_timeout"] = (builder, value) => builder.Timeout = Number(value, "connect_timeout"),
        ["connection_limit"] = (builder, value) => builder.MaxPoolSize = Number(value, "connection_limit"),
        ["channel_binding"] = (builder, value) => builder.ChannelBinding = Choose(value, "channel_binding", Bindings),
        ["target_session_attrs"] = (builder, value) => builder.TargetSessionAttributes = value,
        ["host"] = (builder, value) => builder.Host = value,
        ["port"] = (builder, value) => builder.Port = Number(value, "port", 65_535),
        ["user"] = (builder, value) => builder.Username = value,
        ["password"] = (builder, value) => builder.Password = value,
        ["dbname"] = (builder, value) => builder.Database = value,

        // Refused, with what to do instead, when everything is read.
        ["options"] = (builder, value) => builder.Options = value,
        ["search_path"] = (builder, value) => builder.SearchPath = value,
        ["schema"] = (builder, value) => builder.SearchPath = value,

        // Lull always keeps to what PgBouncer asks for, and always speaks UTF-8.
        ["pgbouncer"] = static (_, _) => { },
        ["client_encoding"] = static (_, _) => { },
    };

    /// <summary>For a sentence.</summary>
    public static string Names => string.Join(", ", Known.Keys.Where(name => name is not ("options" or "search_path" or "schema")));

    public static bool Knows(string name) => Known.ContainsKey(name);

    /// <exception cref="BadConnectionTextException">The value is not allowed.</exception>
    public static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        try
        {
            Known[name](builder, value);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new BadConnectionTextException($"the value of its parameter {name} is not allowed");
        }
    }

    private static T Choose<T>(string value, string name, Dictionary<string, T> choices) => choices.TryGetValue(value, out var chosen)
        ? chosen
        : throw new BadConnectionTextException($"{name} is one of {string.Join(", ", choices.Keys)}");

    private static int Number(string value, string name, int max = 1_024) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max
        ? number
        : throw new BadConnectionTextException($"{name} is {(max == 1_024 ? Whole : $"a whole number from 1 to {max}")}");
}
