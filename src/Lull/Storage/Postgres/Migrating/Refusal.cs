using System.Security.Authentication;
using Npgsql;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>Why a database cannot be used: whether waiting may mend it, and what does; never with a password.</summary>
internal static class Refusal
{
    /// <summary>True when the database itself may put it right within a minute: it starts, its host's name is not known yet, it has no connection to spare, a table is locked.</summary>
    public static bool MayPass(Exception cause) => !IsStranger(cause) && !IsTls(cause)
        && cause is not PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidCatalogName };

    /// <summary>What happened, without a full stop.</summary>
    public static string Words(Exception cause) => cause switch
    {
        PostgresException { SqlState: var state, MessageText: var text } => $"{text} ({state})",
        { InnerException: { } inner and not AggregateException } when !cause.Message.Contains(inner.Message, StringComparison.Ordinal) =>
            $"{cause.Message.TrimEnd('.')}: {inner.Message.TrimEnd('.')}",
        _ => cause.Message.TrimEnd('.'),
    };

    /// <summary>What to do.</summary>
    public static string Advice(Exception cause, PostgresOptions options) => cause switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => Grants(options),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "Create that database, or correct its name in DATABASE_URL.",
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            "Something else holds a lock that is needed, perhaps an audit or a backup that still runs (pg_stat_activity shows it). Start again when it has ended; nothing was changed.",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "DATABASE_URL must lead to the server that takes writes, not to a replica.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "Raise max_connections, end what holds them, or set Maximum Pool Size lower.",
        _ when IsStranger(cause) =>
            "Check the user and the password in DATABASE_URL (in a URL, reserved characters of a password are percent-encoded), and that the server lets this user in from here (pg_hba.conf, allowed addresses).",
        _ when IsTls(cause) => "Check sslmode and sslrootcert in DATABASE_URL: sslmode=require encrypts without checking the certificate, sslmode=disable does not encrypt.",
        _ => "Check that it runs, that DATABASE_URL names the right host and port, and that a firewall lets this machine reach it.",
    };

    private static string Grants(PostgresOptions options)
    {
        var (schema, cluster) = (Migrator.Quoted(options.Schema), Migrator.Quoted(options.Schema + "_cluster"));
        var role = new NpgsqlConnectionStringBuilder(options.ConnectionString).Username is { } user ? Migrator.Quoted(user) : "the_user";
        return "Lull's user must own Lull's tables and needs no other right. As an administrator of the database run "
            + $"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}; CREATE SCHEMA IF NOT EXISTS {cluster} AUTHORIZATION {role}; "
            + $"and where the schemas are there already, GRANT USAGE, CREATE ON SCHEMA {schema}, {cluster} TO {role};";
    }

    // 28: who one is; poolers say it with another code. The driver itself refuses where it was given no password to send, and has no type of its own for that.
    private static bool IsStranger(Exception cause) => cause switch
    {
        PostgresException { SqlState: ['2', '8', ..] } => true,
        PostgresException { SqlState: ['0', '8', ..], MessageText: var text } => text.Contains("authentication failed", StringComparison.OrdinalIgnoreCase),
        PostgresException => false,
        NpgsqlException { Message: var text } => text.StartsWith("No password has been provided", StringComparison.Ordinal),
        _ => false,
    };

    private static bool IsTls(Exception cause)
        => cause is NpgsqlException and not PostgresException && (cause.InnerException is AuthenticationException || cause.Message.Contains("SSL", StringComparison.Ordinal));
}
