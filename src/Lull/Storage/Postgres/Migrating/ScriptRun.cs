using System.Data;
using Npgsql;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>Applies one script in one transaction, in which everything is that must be remembered: through a pooler the next one may be another session's.</summary>
internal sealed class ScriptRun(NpgsqlDataSource source, SchemaNames names, IReadOnlyList<MigrationScript> scripts)
{
    // What a node waits for while another one migrates is bounded; and a script that must wait for a table gives up soon, because everything that comes to the table after it waits too.
    private const string Unhurried = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '10min'";
    private const string Considerate = "SET LOCAL lock_timeout = '3s'";
    private const string Key = "(hashtextextended('lull migrations of ' || $1, 0))";

    /// <summary>Applies the next script, unless another process was quicker.</summary>
    /// <returns>Its name; null when nothing is missing.</returns>
    public async Task<string?> NextAsync(Action<string> waiting, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        await ExecuteAsync(connection, Unhurried, [], cancellationToken);
        await TakeTurnAsync(connection, waiting, cancellationToken);

        var version = await SchemaVersion.ReadAsync(connection, names, cancellationToken);
        version.AllowFor(scripts.Count);
        if (scripts.FirstOrDefault(script => script.Version == version.Number + 1) is not { } script)
        {
            return null;
        }

        try
        {
            await ApplyAsync(connection, script, cancellationToken);
        }
        catch (PostgresException exception) when (!StartTrouble.IsExplained(exception))
        {
            throw new StoreUnavailableException(
                $"The script {script.Name} failed: {StartTrouble.Words(exception)}. Nothing of it was kept, and the database is of version {version.Number} as before. "
                + "If somebody changed Lull's tables by hand, take that back; otherwise run the Lull you had, and report this.",
                exception);
        }

        // From here on nobody could say whether a cancelled one had happened.
        await transaction.CommitAsync(CancellationToken.None);
        return script.Name;
    }

    private async Task TakeTurnAsync(NpgsqlConnection connection, Action<string> waiting, CancellationToken cancellationToken)
    {
        await using var take = Command(connection, "SELECT pg_try_advisory_xact_lock" + Key, [names.Bare[0]]);
        if (await take.ExecuteScalarAsync(cancellationToken) is not true)
        {
            waiting("Another process is bringing the database up to date; waiting for it");
            await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock" + Key, [names.Bare[0]], cancellationToken);
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, MigrationScript script, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, Considerate, [], cancellationToken);
        if (script.Version == 1)
        {
            await FoundAsync(connection, cancellationToken);
        }

        await ExecuteAsync(connection, script.For(names), [], cancellationToken);
        await SweepAsync(connection, cancellationToken);
        await ExecuteAsync(
            connection, $"INSERT INTO {names.Migrations} (version, name, breaking) VALUES ($1, $2, $3)", [script.Version, script.Name, !script.IsCompatible], cancellationToken);
    }

    /// <summary>Schemas that an administrator has made are left as they are: to ask for one more needs a right on the database even where it exists.</summary>
    private async Task FoundAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var schema in (string[])[names.Schema, names.Cluster])
        {
            await using var known = Command(connection, "SELECT to_regnamespace($1) IS NOT NULL", [schema]);
            if (await known.ExecuteScalarAsync(cancellationToken) is not true)
            {
                await ExecuteAsync(connection, $"CREATE SCHEMA {schema}", [], cancellationToken);
            }
        }

        await ExecuteAsync(
            connection,
            $"CREATE TABLE IF NOT EXISTS {names.Migrations} (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp(), breaking boolean NOT NULL)",
            [],
            cancellationToken);
    }

    private async Task SweepAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> statements = [];
        await using (var command = Command(connection, AccessSweep.Statements, [names.Bare]))
        {
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                statements.Add(rows.GetString(0));
            }
        }

        if (statements.Count > 0)
        {
            await ExecuteAsync(connection, string.Join(";\n", statements), [], cancellationToken);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statements, object[] parameters, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, statements, parameters);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>However long it takes: a script is not given up half-way because it has much to do.</summary>
    private static NpgsqlCommand Command(NpgsqlConnection connection, string statements, object[] parameters)
    {
        var command = new NpgsqlCommand(statements, connection) { CommandTimeout = 0 };
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new() { Value = parameter });
        }

        return command;
    }
}
