using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>The way into the database: one short transaction each time, and no state that would outlive it, so that any pooler may stand in between.</summary>
internal sealed class PostgresDatabase(NpgsqlDataSource source, PostgresOptions options)
{
    // Statements name the tables as lull.<table>; another schema's name takes the place of the first part.
    private const string InStatements = "lull.";

    private readonly string _schema = $"\"{options.Schema}\".";
    private readonly ConcurrentDictionary<string, string> _statements = new(StringComparer.Ordinal);

    /// <summary>Reads in one snapshot.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public Task<T> ReadAsync<T>(Func<PostgresSession, Task<T>> read, CancellationToken cancellationToken)
        => InTransactionAsync(IsolationLevel.RepeatableRead, read, cancellationToken);

    /// <summary>
    /// Runs a single statement, which is a transaction by itself: the database is asked once in place of three times. A second statement would not see what the first one saw.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database cannot be used now; unless it only reads, it may have happened.</exception>
    public async Task<T> OnceAsync<T>(Func<PostgresSession, Task<T>> statement, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return await statement(new(this, connection, transaction: null, cancellationToken));
        }
        catch (Exception exception) when (PostgresTrouble.IsTrouble(exception))
        {
            throw PostgresTrouble.Unavailable(exception);
        }
    }

    /// <summary>Runs <paramref name="work"/> in a transaction that is committed when it returns; each of its statements sees what others committed before it.</summary>
    /// <exception cref="StoreUnavailableException">It could not be committed; nothing has changed, unless the connection broke during the commit itself.</exception>
    public Task<T> WriteAsync<T>(Func<PostgresSession, Task<T>> work, CancellationToken cancellationToken)
        => InTransactionAsync(IsolationLevel.ReadCommitted, work, cancellationToken);

    /// <summary>The same without a result.</summary>
    public Task WriteAsync(Func<PostgresSession, Task> work, CancellationToken cancellationToken)
        => InTransactionAsync(
            IsolationLevel.ReadCommitted,
            async sql =>
            {
                await work(sql);
                return true;
            },
            cancellationToken);

    /// <summary>The statement for the schema in use.</summary>
    public string Statement(string text)
        => options.Schema == "lull" ? text : _statements.GetOrAdd(text, static (statement, schema) => statement.Replace(InStatements, schema, StringComparison.Ordinal), _schema);

    private async Task<T> InTransactionAsync<T>(IsolationLevel level, Func<PostgresSession, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(level, cancellationToken);
            var result = await work(new(this, connection, transaction, cancellationToken));

            // From here on nobody could say whether a cancelled one had happened.
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (Exception exception) when (PostgresTrouble.IsTrouble(exception))
        {
            throw PostgresTrouble.Unavailable(exception);
        }
    }
}
