using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>Buckets of a week in which keyed hashes are kept.</summary>
internal static class SeenBuckets
{
    public static int Of(DateTimeOffset instant) => (int)(instant.ToColumn() / (long)DuplicateKey.IdWindow.TotalMilliseconds);

    /// <summary>The oldest bucket that a look-up at this moment reaches.</summary>
    public static int OldestAt(DateTimeOffset now) => Of(now - DuplicateKey.IdWindow);
}
