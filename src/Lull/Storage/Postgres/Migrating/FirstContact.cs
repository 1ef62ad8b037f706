using Lull.Storage.Postgres.Connecting;
using Npgsql;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>The first time that a process asks the database for something: one that is not up yet is waited for, one that will not let it in is told of at once, with what to do.</summary>
/// <param name="onWait">Told where and why, at the first try and now and then.</param>
internal sealed class FirstContact(PostgresOptions options, TimeProvider time, Action<string, string> onWait)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Every so many tries a line says that it is still waited for.</summary>
    private const int TriesPerLine = 10;

    private const string Password = "Check the user and the password in DATABASE_URL, and that the server lets this user in from here (pg_hba.conf).";

    /// <exception cref="StoreUnavailableException">It stayed away for longer than it is waited for, or it refuses; the message says what to check.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await work(cancellationToken);
            }
            catch (StoreUnavailableException e) when (Advice(e) is { } advice)
            {
                throw new StoreUnavailableException($"{Where} cannot be used: {Words(e)}. {advice}", e);
            }
            catch (StoreUnavailableException e) when (time.GetElapsedTime(started) >= options.StartWait)
            {
                throw new StoreUnavailableException(
                    $"{Where} did not answer within {options.StartWait.TotalSeconds:0} s: {Words(e)}. Check that it runs, that host and port are right, and that a firewall lets this machine reach it.", e);
            }
            catch (StoreUnavailableException e)
            {
                if (tries % TriesPerLine == 0)
                {
                    onWait(Where, Words(e));
                }
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private string Where => ConnectionText.Show(options.ConnectionString);

    /// <summary>What waiting would not mend, and what would; null when waiting may.</summary>
    private string? Advice(StoreUnavailableException exception) => exception.InnerException switch
    {
        // Npgsql has no type of its own for this one.
        NpgsqlException { Message: var text } when text.StartsWith("No password has been provided", StringComparison.Ordinal) => Password,
        PostgresException { SqlState: ['2', '8', ..] } => Password,
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "The database does not exist on that server. Create it, or correct the name at the end of DATABASE_URL.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } =>
            $"The user may not do this. As an administrator of the database: CREATE SCHEMA {options.Schema} AUTHORIZATION the_user; CREATE SCHEMA {options.Schema}_cluster AUTHORIZATION the_user;",
        _ => null,
    };

    private static string Words(StoreUnavailableException exception)
        => exception.InnerException is PostgresException told ? told.MessageText : exception.InnerException?.Message ?? exception.Message;
}
