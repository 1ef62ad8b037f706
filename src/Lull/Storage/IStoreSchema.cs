namespace Lull.Storage;

/// <summary>The tables of a store and the numbered scripts that bring them to the version this Lull knows.</summary>
internal interface IStoreSchema
{
    /// <summary>The names of the scripts that the store lacks, in order; all of them where there is no store yet. Changes nothing.</summary>
    /// <exception cref="StoreInUseException">The store is of a version that this Lull cannot work with.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellationToken);

    /// <summary>Applies them, each in its own transaction; safe beside others that do the same.</summary>
    /// <returns>The names of those that were applied here.</returns>
    /// <exception cref="StoreInUseException">The store is of a version that this Lull cannot work with, or another process holds it.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be changed now.</exception>
    Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken);
}
