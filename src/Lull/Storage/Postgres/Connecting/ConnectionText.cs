using Npgsql;

namespace Lull.Storage.Postgres.Connecting;

/// <summary>Reads <c>DATABASE_URL</c>: a URL as hosts of databases give it, or keywords as Npgsql takes them.</summary>
internal static class ConnectionText
{
    private static readonly string[] Schemes = ["postgres://", "postgresql://"];

    /// <summary>The connection string for Npgsql, with everything set that a pooler in between asks for.</summary>
    /// <exception cref="BadConnectionTextException">It cannot be used.</exception>
    public static string Read(string text)
    {
        var scheme = Schemes.FirstOrDefault(scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));
        if (text.Contains('\0') || (scheme is not null && text.Contains("%00", StringComparison.Ordinal)))
        {
            throw new BadConnectionTextException("it holds a NUL character (%00), which PostgreSQL takes nowhere");
        }

        var builder = scheme is null ? KeywordText.Read(text) : DatabaseUrl.Read(text[scheme.Length..]);
        ConnectionRules.Apply(builder);
        return builder.ToString();
    }

    /// <summary>Where it leads, without the password.</summary>
    public static string Show(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        var hosts = builder.Host!.Contains(',') ? builder.Host : $"{(builder.Host.Contains(':') && builder.Host[0] != '[' ? $"[{builder.Host}]" : builder.Host)}:{builder.Port}";
        return $"postgresql://{(builder.Username is null ? "" : $"{Uri.EscapeDataString(builder.Username)}@")}{hosts}/{Uri.EscapeDataString(builder.Database ?? "")}";
    }

    /// <summary>The same as PostgreSQL's own tools take it, with how it is encrypted.</summary>
    public static string ForTools(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        var parameters = new List<string>();
        if (builder.SslMode is not SslMode.Prefer)
        {
            parameters.Add("sslmode=" + builder.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", var mode => mode.ToString().ToLowerInvariant() });
        }

        if (builder.RootCertificate is { } root)
        {
            parameters.Add("sslrootcert=" + Uri.EscapeDataString(root));
        }

        return Show(connectionString) + (parameters.Count == 0 ? "" : "?" + string.Join('&', parameters));
    }
}
