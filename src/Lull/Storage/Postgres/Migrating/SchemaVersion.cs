using Npgsql;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>What a database says of its own tables.</summary>
/// <param name="Number">The last script that was applied; 0 where there is none.</param>
/// <param name="IsBreaking">True when nodes that know only the version before must not work on it.</param>
internal readonly record struct SchemaVersion(int Number, bool IsBreaking)
{
    /// <summary>Asks without a lock. What does not exist yet is looked for in the catalogue, where no right is needed and nothing is written into the server's log as an error.</summary>
    public static async Task<SchemaVersion> ReadAsync(NpgsqlConnection connection, SchemaNames names, CancellationToken cancellationToken)
    {
        await using (var exists = new NpgsqlCommand(
            "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'migrations'", connection))
        {
            exists.Parameters.Add(new() { Value = names.Bare[0] });
            await using var found = await exists.ExecuteReaderAsync(cancellationToken);
            if (!found.HasRows)
            {
                return default;
            }
        }

        await using var newest = new NpgsqlCommand($"SELECT version, breaking FROM {names.Migrations} ORDER BY version DESC LIMIT 1", connection);
        await using var row = await newest.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? new(row.GetInt32(0), row.GetBoolean(1)) : default;
    }

    /// <summary>
    /// A node goes on one version behind, if that version lets it: so nodes are upgraded one by one. What lies further ahead it cannot judge.
    /// </summary>
    /// <exception cref="StoreInUseException">It cannot work on these tables.</exception>
    public void AllowFor(int known)
    {
        if (Number > known && (Number > known + 1 || IsBreaking))
        {
            throw NewerStore.Refused(Number, known);
        }
    }
}
