namespace Lull.Bench.Stores;

/// <summary>What a measured Lull keeps its messages in. It outlives the server, so that the next one finds everything.</summary>
internal interface ILullStore : IAsyncDisposable
{
    /// <summary>The settings that lead a server to it.</summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Processes of its own, which count as the server's.</summary>
    IReadOnlyList<int> Processes { get; }

    /// <summary>How many messages are in it. No server may be running.</summary>
    Task<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>Closes what is open, as if it were answered. No server may be running.</summary>
    Task CloseOpenAsync(CancellationToken cancellationToken);

    /// <summary>Another one with the same in it. No server may be running.</summary>
    Task<ILullStore> CopyAsync(string folder, CancellationToken cancellationToken);

    Task<double> SizeInMiBAsync(CancellationToken cancellationToken);
}

/// <summary>Which store a run is about.</summary>
internal enum StoreKind
{
    Sqlite,
    Postgres,
}
