using Npgsql;

namespace Lull.Storage.Postgres.Connecting;

/// <summary>Opens the pool of connections that one node has.</summary>
internal static class PostgresSource
{
    /// <summary>With several hosts, the one of them that takes writes; after a failover that is another one.</summary>
    public static NpgsqlDataSource Open(PostgresOptions options)
    {
        var builder = new NpgsqlDataSourceBuilder(options.ConnectionString);
        var wanted = builder.ConnectionStringBuilder.TargetSessionAttributes;

        // Npgsql takes it as a wrapper around all hosts, not as a word of the text.
        builder.ConnectionStringBuilder.TargetSessionAttributes = null;
        if (!builder.ConnectionStringBuilder.Host!.Contains(','))
        {
            return builder.Build();
        }

        var target = wanted?.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant() switch
        {
            "any" => TargetSessionAttributes.Any,
            "primary" => TargetSessionAttributes.Primary,
            _ => TargetSessionAttributes.ReadWrite,
        };
        return builder.BuildMultiHost().WithTargetSession(target);
    }
}
