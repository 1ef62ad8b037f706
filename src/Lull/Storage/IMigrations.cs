namespace Lull.Storage;

/// <summary>Brings a store's tables to the version that this Lull works on, whether or not servers have it open.</summary>
internal interface IMigrations
{
    /// <summary>Looks and changes nothing.</summary>
    /// <exception cref="StoreInUseException">The store is of a newer version, on which this Lull cannot work.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    Task<MigrationState> LookAsync(CancellationToken cancellationToken);

    /// <summary>Applies what is missing, each script in its own transaction; processes that do so at once do it once.</summary>
    /// <exception cref="StoreInUseException">The store is of a newer version, on which this Lull cannot work; or another process holds it.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be changed now, or a script failed: the script that is named has left nothing behind.</exception>
    Task<MigrationState> ApplyAsync(MigrationTelling telling, CancellationToken cancellationToken);
}

/// <summary>Which version a store is of.</summary>
/// <param name="Version">The number of the last script that was applied; 0 = there is no store yet.</param>
/// <param name="Known">The number of the last script that this Lull has.</param>
/// <param name="Missing">The names of the scripts that were not applied yet.</param>
internal sealed record MigrationState(int Version, int Known, IReadOnlyList<string> Missing);

/// <summary>Who hears of what goes on while tables are brought up to date.</summary>
/// <param name="Applied">Told the name of each script once it is committed.</param>
/// <param name="Waiting">Told in a sentence what is waited for.</param>
internal sealed record MigrationTelling(Action<string> Applied, Action<string> Waiting);

/// <summary>What is said of a store that a newer Lull has written.</summary>
internal static class NewerStore
{
    public static StoreInUseException Refused(long version, int known)
        => new($"The database is of version {version}, newer than the {known} this Lull knows. Run the newer Lull, or restore a backup made before the upgrade.");
}
