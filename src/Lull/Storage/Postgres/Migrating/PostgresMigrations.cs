using Npgsql;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>
/// Brings PostgreSQL's tables up to date, beside nodes at work and beside other processes that do the same.
/// The version is looked at without a lock first: a start at which nothing is missing costs two short reads.
/// </summary>
/// <param name="scripts">In their order, the first numbered 1; those of this Lull where none are given.</param>
internal sealed class PostgresMigrations(NpgsqlDataSource source, PostgresOptions options, TimeProvider time, IReadOnlyList<MigrationScript>? scripts = null) : IMigrations
{
    // Platforms start the database and its clients together, and the clients are often quicker.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<MigrationScript> _scripts = scripts ?? MigrationScript.Embedded;
    private readonly SchemaNames _names = new(options.Schema);

    /// <summary>Does not wait for the database: whoever asks is told how it is now.</summary>
    public async Task<MigrationState> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(cancellationToken);
        }
        catch (Exception exception) when (StartTrouble.IsExplained(exception))
        {
            throw StartTrouble.Explain(exception, options);
        }
    }

    /// <summary>Waits up to a minute for a database that is not there yet; what waiting does not change is told at once.</summary>
    public async Task<MigrationState> ApplyAsync(MigrationTelling telling, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            try
            {
                return await ApplyAllAsync(telling, cancellationToken);
            }
            catch (Exception exception) when (StartTrouble.MayPass(exception) && time.GetElapsedTime(started) < Patience)
            {
                telling.Waiting($"{StartTrouble.Explain(exception, options).Message} Trying again until {Patience.TotalSeconds} s have passed.");
            }
            catch (Exception exception) when (StartTrouble.IsExplained(exception))
            {
                throw StartTrouble.Explain(exception, options);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private async Task<MigrationState> ApplyAllAsync(MigrationTelling telling, CancellationToken cancellationToken)
    {
        var state = await ReadAsync(cancellationToken);
        if (state.Missing.Count == 0)
        {
            return state;
        }

        var run = new ScriptRun(source, _names, _scripts);
        while (await run.NextAsync(telling.Waiting, cancellationToken) is { } applied)
        {
            telling.Applied(applied);
        }

        return await ReadAsync(cancellationToken);
    }

    private async Task<MigrationState> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var version = await SchemaVersion.ReadAsync(connection, _names, cancellationToken);
        version.AllowFor(_scripts.Count);
        return new(version.Number, _scripts.Count, [.. _scripts.Where(script => script.Version > version.Number).Select(script => script.Name)]);
    }
}
