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
}
