using System.Security.Authentication;
using Lull.Storage.Postgres.Connecting;
using Npgsql;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>Tells a database that will soon be there from one that will not, and says of each what to do; never with a password.</summary>
internal static class StartTrouble
{
    /// <summary>True when the database itself may put it right within a minute: it starts, its host's name is not known yet, it has no connection to spare, a table is locked.</summary>
    public static bool MayPass(Exception exception)
        => PostgresTrouble.IsTrouble(exception) && !IsRefusal(exception) && !IsDenied(exception) && !IsTls(exception);

    /// <summary>True when <see cref="Explain"/> has more to say than the database.</summary>
    public static bool IsExplained(Exception exception) => PostgresTrouble.IsTrouble(exception);

    public static string Words(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state, MessageText: var text } => $"{text} ({state})",
        { InnerException: { } inner and not AggregateException } when !exception.Message.Contains(inner.Message, StringComparison.Ordinal) => $"{exception.Message.TrimEnd('.')}: {inner.Message.TrimEnd('.')}",
        _ => exception.Message.TrimEnd('.'),
    };

    public static StoreUnavailableException Explain(Exception exception, PostgresOptions options)
        => new($"The database {ConnectionText.Show(options.ConnectionString)} cannot be used: {Words(exception)}. {Advice(exception, options)}", exception);

    private static string Advice(Exception exception, PostgresOptions options) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => Grants(options),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "Create that database, or correct its name in DATABASE_URL.",
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            "Something else holds a lock that is needed, perhaps an audit or a backup that still runs (pg_stat_activity shows it). Start again when it has ended; nothing was changed.",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "DATABASE_URL must lead to the server that takes writes, not to a replica.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "Raise max_connections, end what holds them, or set Maximum Pool Size lower.",
        _ when IsRefusal(exception) =>
            "Check user and password in DATABASE_URL (in a URL, reserved characters of a password are percent-encoded), and that the server lets this machine in (pg_hba.conf, allowed addresses).",
        _ when IsTls(exception) => "Check sslmode and sslrootcert in DATABASE_URL: sslmode=require encrypts without checking the certificate, sslmode=disable does not encrypt.",
        _ => "Check that DATABASE_URL names the right host and port, that the server runs, and that a firewall lets this machine reach it.",
    };

    private static string Grants(PostgresOptions options)
    {
        var names = new SchemaNames(options.Schema);
        var role = new NpgsqlConnectionStringBuilder(options.ConnectionString).Username is { } user ? SchemaNames.Quote(user) : "the role of DATABASE_URL";
        return "Lull's role must own Lull's tables and may then need no other right. As an administrator of the database run "
            + $"CREATE SCHEMA IF NOT EXISTS {names.Schema} AUTHORIZATION {role}; CREATE SCHEMA IF NOT EXISTS {names.Cluster} AUTHORIZATION {role}; "
            + $"and where the schemas are there already, GRANT USAGE, CREATE ON SCHEMA {names.Schema}, {names.Cluster} TO {role};";
    }

    // 28: who one is. The driver itself refuses where it was given no password to send.
    private static bool IsRefusal(Exception exception) => exception switch
    {
        PostgresException { SqlState: ['2', '8', ..] } => true,
        PostgresException { SqlState: ['0', '8', ..], MessageText: var text } => text.Contains("authentication failed", StringComparison.OrdinalIgnoreCase),
        PostgresException => false,
        NpgsqlException { InnerException: null, Message: var text } => text.Contains("No password", StringComparison.Ordinal),
        _ => false,
    };

    private static bool IsDenied(Exception exception)
        => exception is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidCatalogName };

    private static bool IsTls(Exception exception)
        => exception is NpgsqlException and not PostgresException && (exception.InnerException is AuthenticationException || exception.Message.Contains("SSL", StringComparison.Ordinal));
}
