using Npgsql;

namespace Lull.Storage.Postgres.Connecting;

/// <summary>What holds for every connection of Lull's, whoever wrote the text it comes from.</summary>
internal static class ConnectionRules
{
    private const string ApplicationName = "lull";

    // Supabase's session pooler gives a small project 15 connections in all, and a server of one's own 100: several nodes must fit.
    private const int PoolSize = 10;

    private const int ConnectSeconds = 10, CommandSeconds = 10, CancelMilliseconds = 2_000, KeepAliveSeconds = 15, ProbeSeconds = 5, LifetimeSeconds = 3_600;

    /// <exception cref="BadConnectionTextException">Something is asked for that cannot be.</exception>
    public static void Apply(NpgsqlConnectionStringBuilder builder)
    {
        Refuse(builder);
        Default(builder, "Application Name", () => builder.ApplicationName = ApplicationName);
        Default(builder, "Maximum Pool Size", () => builder.MaxPoolSize = Math.Max(PoolSize, builder.MinPoolSize));
        Default(builder, "Timeout", () => builder.Timeout = ConnectSeconds);
        Default(builder, "Command Timeout", () => builder.CommandTimeout = CommandSeconds);

        // A connection whose cancelled statement gives no sign of life is given up, or a dead network would hold it for minutes.
        Default(builder, "Cancellation Timeout", () => builder.CancellationTimeout = CancelMilliseconds);

        // After a failover the name may mean another machine.
        Default(builder, "Connection Lifetime", () => builder.ConnectionLifetime = LifetimeSeconds);

        // Its negotiation is one round trip more for every connection, and poolers do not know it.
        Default(builder, "GSS Encryption Mode", () => builder.GssEncryptionMode = GssEncryptionMode.Disable);

        builder.TcpKeepAlive = true;
        builder.TcpKeepAliveTime = KeepAliveSeconds;
        builder.TcpKeepAliveInterval = ProbeSeconds;
        builder.Pooling = true;
        builder.Enlist = false;
        builder.PersistSecurityInfo = false;

        // Details of errors hold customers' data, and errors are logged.
        builder.IncludeErrorDetail = false;

        // PgBouncer in transaction mode: the next transaction may run in another session.
        builder.NoResetOnClose = true;
        builder.MaxAutoPrepare = 0;
        builder.Multiplexing = false;
    }

    // What was set is listed under Npgsql's own words, however it was written.
    private static void Default(NpgsqlConnectionStringBuilder builder, string word, Action set)
    {
        if (!builder.Keys.Contains(word, StringComparer.OrdinalIgnoreCase))
        {
            set();
        }
    }

    private static void Refuse(NpgsqlConnectionStringBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Host))
        {
            throw new BadConnectionTextException("it names no host; write postgresql://user:password@host:5432/database");
        }

        if (builder.Host.Any(c => char.IsWhiteSpace(c) || c == '='))
        {
            throw new BadConnectionTextException("its host holds spaces or =; separate keywords with semicolons (Host=…;Username=…;Password=…;Database=…), or write a URL");
        }

        if (builder.Options is not null)
        {
            throw new BadConnectionTextException("options cannot be used, because poolers refuse them; set them once for the role instead: ALTER ROLE … SET …");
        }

        if (builder.SearchPath is not null)
        {
            throw new BadConnectionTextException("a search path has no effect on Lull; DATABASE_SCHEMA names the schema of its tables");
        }
    }
}
