namespace Lull.Bench.Runs;

/// <summary>What every run is given.</summary>
/// <param name="Folder">Where the stores are made; on the disk that is to be measured.</param>
/// <param name="Store">Which store the measured servers use.</param>
/// <param name="Lull">The Lull.dll to measure; null is the one that was built beside the benchmark.</param>
internal sealed record RunSetup(TextWriter Output, string Folder, string? Lull, bool IsSmoke, StoreKind Store)
{
    /// <summary>Beside the built benchmark, which lies on a real disk where a temporary folder may not.</summary>
    public static string DefaultFolder => Path.Combine(AppContext.BaseDirectory, "runs");

    /// <summary>A word on the machine, so that a table that is passed on still says where it was made.</summary>
    public string Machine => $"{Store}, {Environment.ProcessorCount} cores, .NET {Environment.Version}{(IsSmoke ? ", smoke: numbers mean nothing" : "")}";

    /// <summary>How long a server may work off what it has acknowledged before the next step.</summary>
    public TimeSpan Settling => TimeSpan.FromSeconds(IsSmoke ? 0.2 : 5);

    public RunFolder NewFolder() => new(Folder);

    /// <summary>An empty store of the kind that this run is about, in a folder that exists.</summary>
    /// <exception cref="BenchException">PostgreSQL is asked for and not installed.</exception>
    public async Task<ILullStore> NewStoreAsync(string folder, CancellationToken cancellationToken)
        => Store == StoreKind.Postgres ? await PostgresStore.StartAsync(folder, cancellationToken) : new SqliteStore(folder);
}
