using Npgsql;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>
/// Brings the tables to the version that this Lull knows. Any number of processes may do it at once: each script runs in one transaction under a lock of that transaction, so a pooler may
/// stand in between, and whoever comes second finds it done. A database that is up to date is only looked at.
/// </summary>
/// <param name="known">The scripts, when they are not those of this Lull.</param>
internal sealed class Migrator(NpgsqlDataSource source, PostgresOptions options, IReadOnlyList<MigrationScript>? known = null)
{
    // Whoever migrates is waited for, but not for ever: its machine may have frozen.
    private const string Bounds = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '10min'";

    // A script that must wait for somebody's long transaction must not make everybody else, webhooks too, wait behind it for as long: it is taken back and tried again.
    private const string ShortWaits = "SET LOCAL lock_timeout = '3s'";

    private readonly IReadOnlyList<MigrationScript> _known = known ?? MigrationScript.Known;
    private readonly string _schema = Quoted(options.Schema), _cluster = Quoted(options.Schema + "_cluster");

    /// <summary>True when the database was found one version ahead: another node was upgraded first.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>The scripts that the database lacks.</summary>
    /// <exception cref="StoreInUseException">It is of a version that this Lull cannot work with.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public async Task<IReadOnlyList<MigrationScript>> MissingAsync(CancellationToken cancellationToken)
    {
        var applied = await InTransactionAsync(ReadAsync, cancellationToken);
        Refuse(applied);
        IsBehind = applied.Version > _known.Count;
        return [.. _known.Where(script => script.Version > applied.Version)];
    }

    /// <summary>Applies what is missing.</summary>
    /// <returns>What this process applied; others may have applied some of it meanwhile.</returns>
    /// <exception cref="StoreInUseException">The database is of a version that this Lull cannot work with.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be changed now; the scripts before this one are applied, this one, if it failed, has left nothing behind.</exception>
    public async Task<IReadOnlyList<MigrationScript>> ApplyAsync(CancellationToken cancellationToken)
    {
        List<MigrationScript> applied = [];
        foreach (var script in await MissingAsync(cancellationToken))
        {
            if (await InTransactionAsync(command => ApplyAsync(script, command), cancellationToken))
            {
                applied.Add(script);
            }
        }

        return applied;
    }

    private async Task<bool> ApplyAsync(MigrationScript script, Statements run)
    {
        await run.ExecuteAsync(Bounds);
        await run.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", "lull migrations of " + options.Schema);
        await run.ExecuteAsync(ShortWaits);
        await MakePlaceAsync(run);
        var before = await ReadAsync(run);
        Refuse(before);
        if (before.Version >= script.Version)
        {
            return false;
        }

        await RunAsync(script, before.Version, run);
        await run.ExecuteAsync($"INSERT INTO {_schema}.migrations (version, name, is_compatible) VALUES ($1, $2, $3)", script.Version, script.Name, script.IsCompatible);
        await run.ExecuteAsync(ClosedToOthers.Name, (object)new[] { options.Schema, options.Schema + "_cluster" });
        await run.ExecuteAsync(ClosedToOthers.Close);
        return true;
    }

    private async Task RunAsync(MigrationScript script, int before, Statements run)
    {
        try
        {
            await run.ExecuteAsync(script.Text.Replace("{schema}", _schema, StringComparison.Ordinal).Replace("{cluster}", _cluster, StringComparison.Ordinal));
        }
        catch (PostgresException exception) when (!PostgresTrouble.IsTrouble(exception))
        {
            throw new StoreUnavailableException(
                $"The script {script.Name} failed: {exception.MessageText} ({exception.SqlState}). It has left nothing behind, and the database is of version {before} as before. "
                + "If somebody changed Lull's tables by hand, take that back; otherwise run the Lull you had, and report this.",
                exception);
        }
    }

    /// <summary>Asks before it makes a schema: a role without the right to may find them made by an administrator.</summary>
    private async Task MakePlaceAsync(Statements run)
    {
        foreach (var (name, quoted) in new[] { (options.Schema, _schema), (options.Schema + "_cluster", _cluster) })
        {
            if (!await run.ValueAsync<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", name))
            {
                await run.ExecuteAsync($"CREATE SCHEMA {quoted}");
            }
        }

        await run.ExecuteAsync($"""
            CREATE TABLE IF NOT EXISTS {_schema}.migrations (
                version integer PRIMARY KEY, name text NOT NULL, is_compatible boolean NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())
            """);
    }

    private async Task<AppliedScripts> ReadAsync(Statements run)
    {
        if (!await run.ValueAsync<bool>("SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'migrations')", options.Schema))
        {
            return new(0, IsNewestCompatible: false);
        }

        var version = await run.ValueAsync<int>($"SELECT COALESCE(max(version), 0) FROM {_schema}.migrations");
        return new(version, await run.ValueAsync<bool>($"SELECT COALESCE((SELECT is_compatible FROM {_schema}.migrations WHERE version = $1), false)", version));
    }

    /// <summary>One version more than is known is another node that was upgraded first.</summary>
    private void Refuse(AppliedScripts applied)
    {
        if (applied.Version > _known.Count && !(applied.Version == _known.Count + 1 && applied.IsNewestCompatible))
        {
            throw new StoreInUseException(
                $"The database is of version {applied.Version}, newer than the {_known.Count} this Lull knows. Run the newer Lull, or restore a backup made before the upgrade.");
        }
    }

    private async Task<T> InTransactionAsync<T>(Func<Statements, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await work(new(connection, transaction, cancellationToken));
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (Exception exception) when (PostgresTrouble.IsTrouble(exception))
        {
            throw PostgresTrouble.Unavailable(exception);
        }
    }

    /// <summary>An identifier as a statement takes it, whatever is in it.</summary>
    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private sealed record AppliedScripts(int Version, bool IsNewestCompatible);

    /// <summary>Statements of one transaction, as long as they may take.</summary>
    private sealed class Statements(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        public async Task ExecuteAsync(string statement, params object[] parameters)
        {
            await using var command = Command(statement, parameters);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        public async Task<T> ValueAsync<T>(string statement, params object[] parameters)
        {
            await using var command = Command(statement, parameters);
            return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
        }

        private NpgsqlCommand Command(string statement, object[] parameters)
        {
            var command = new NpgsqlCommand(statement, connection, transaction) { CommandTimeout = 0 };
            foreach (var parameter in parameters)
            {
                command.Parameters.Add(new() { Value = parameter });
            }

            return command;
        }
    }
}
