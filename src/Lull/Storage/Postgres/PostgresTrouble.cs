using System.Net.Sockets;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Tells a database that cannot be used now from a statement that is wrong.</summary>
internal static class PostgresTrouble
{
    /// <summary>True when the same call may succeed later: no connection, a restart, a failover, a statement that took too long, a read-only or a full database.</summary>
    public static bool IsTrouble(Exception exception) => exception switch
    {
        // 08 connection, 25006 read only, 40 serialization and deadlock, 53 resources, 55 not available, 57 intervention (shutdown, cancelled), 58 system, XX internal.
        PostgresException { SqlState: ['0', '8', ..] or "25006" or ['4', '0', ..] or ['5', '3', ..] or ['5', '5', ..] or ['5', '7', ..] or ['5', '8', ..] or ['X', 'X', ..] } => true,

        // 28 and 3D000: the password was changed, the database is being restored.
        PostgresException { SqlState: ['2', '8', ..] or "3D000" or "42501" } => true,
        PostgresException => false,
        NpgsqlException or SocketException or TimeoutException or IOException => true,
        _ => false,
    };

    /// <summary>True when somebody else did the same at the same moment, and doing it again will see that: a key that is taken now, a deadlock.</summary>
    public static bool IsRace(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } => true,
        StoreUnavailableException { InnerException: PostgresException { SqlState: ['4', '0', ..] } } => true,
        _ => false,
    };

    public static StoreUnavailableException Unavailable(Exception exception)
        => new("The database cannot be used now: " + Words(exception), exception);

    private static string Words(Exception exception)
        => exception is PostgresException { SqlState: var state, MessageText: var text } ? $"{text} ({state})" : exception.Message;
}
