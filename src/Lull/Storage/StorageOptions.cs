namespace Lull.Storage;

/// <summary>Where the store is and when it refuses.</summary>
internal sealed record StorageOptions
{
    /// <summary>SQLite's folder, made with mode 0700 where missing.</summary>
    public string DataDirectory { get; init; } = "./data";

    /// <summary>Below this much free disk no webhook is taken, so that what is running can still be recorded.</summary>
    public long MinFreeBytes { get; init; } = 256L << 20;

    /// <summary>How long a second process waits for the first to let go of the file.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Set = the store is PostgreSQL and the folder is not used.</summary>
    public PostgresOptions? Postgres { get; init; }
}

/// <summary>The database that any number of nodes share.</summary>
internal sealed record PostgresOptions
{
    /// <summary>For Npgsql; holds the password, so it is never shown.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The schema of Lull's tables: not <c>public</c>, which some hosts show to the world.</summary>
    public string Schema { get; init; } = "lull";

    /// <summary>How long a start waits for a database that does not answer yet.</summary>
    public TimeSpan StartWait { get; init; } = TimeSpan.FromSeconds(60);
}
