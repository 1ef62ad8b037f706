using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Statements of one transaction. Parameters are <c>$1</c>, <c>$2</c>, … (an array of texts as an <c>object</c>, or each text is one); tables are named <c>lull.…</c>, whatever the schema is called.</summary>
internal sealed class PostgresSession(PostgresDatabase database, NpgsqlConnection connection, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
{
    public CancellationToken Cancellation => cancellationToken;

    /// <summary>Returns how many rows were changed.</summary>
    public async Task<int> ExecuteAsync(string statement, params object?[] parameters)
    {
        await using var command = Command(statement, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<List<T>> QueryAsync<T>(string statement, Func<NpgsqlDataReader, T> read, params object?[] parameters)
    {
        await using var command = Command(statement, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Each row, without keeping them, however long it takes.</summary>
    public async Task EachAsync(string statement, Action<NpgsqlDataReader> visit)
    {
        await using var command = Command(statement, []);
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            visit(reader);
        }
    }

    /// <summary>Begins a binary <c>COPY … FROM STDIN</c>.</summary>
    public Task<NpgsqlBinaryImporter> CopyAsync(string statement) => connection.BeginBinaryImportAsync(database.Statement(statement), cancellationToken);

    /// <summary>The first row, or the default.</summary>
    public async Task<T?> FirstAsync<T>(string statement, Func<NpgsqlDataReader, T> read, params object?[] parameters)
    {
        await using var command = Command(statement, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? read(reader) : default;
    }

    /// <summary>The first column of the first row; null where there is none.</summary>
    public async Task<long?> NumberAsync(string statement, params object?[] parameters)
        => await FirstAsync(statement, row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), parameters);

    /// <summary>Several statements in one round trip: add commands to it, then execute it.</summary>
    public NpgsqlBatch Batch() => new(connection, transaction);

    /// <summary>A command for <see cref="Batch"/>.</summary>
    public NpgsqlBatchCommand BatchCommand(string statement, params object?[] parameters)
    {
        var command = new NpgsqlBatchCommand(database.Statement(statement));
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(Parameter(parameter));
        }

        return command;
    }

    private NpgsqlCommand Command(string statement, object?[] parameters)
    {
        var command = new NpgsqlCommand(database.Statement(statement), connection, transaction);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(Parameter(parameter));
        }

        return command;
    }

    private static NpgsqlParameter Parameter(object? value) => new() { Value = value ?? DBNull.Value };
}
