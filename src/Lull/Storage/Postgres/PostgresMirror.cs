using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>Small tables that are asked for all the time, kept for a second: what another node changed is known here by then. Claim and fence read for themselves.</summary>
internal sealed class PostgresMirror(PostgresDatabase database, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _reading = new(1);
    private MirrorCopy? _copy;
    private long _changes;

    public async ValueTask<MirrorCopy> CurrentAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } fresh)
        {
            return fresh;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (Fresh() is { } readMeanwhile)
            {
                return readMeanwhile;
            }

            var (changes, readAt) = (Volatile.Read(ref _changes), time.GetTimestamp());
            var copy = await database.ReadAsync(sql => ReadAsync(sql, readAt), cancellationToken);
            if (changes == Volatile.Read(ref _changes))
            {
                Volatile.Write(ref _copy, copy);
            }

            return copy;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>This node changed something: it is read again before the next answer.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _changes);
        Volatile.Write(ref _copy, null);
    }

    public void Dispose() => _reading.Dispose();

    private MirrorCopy? Fresh() => Volatile.Read(ref _copy) is { } copy && time.GetElapsedTime(copy.ReadAt) < KeptFor ? copy : null;

    private static async Task<MirrorCopy> ReadAsync(PostgresSession sql, long readAt) => new(
        await SilenceRows.PausesAsync(sql),
        await FaultRows.AllAsync(sql),
        (int?)await sql.NumberAsync("SELECT number FROM lull.meta WHERE name = 'wait_override'"),
        readAt);
}

/// <param name="ReadAt">By the monotonic clock.</param>
internal sealed record MirrorCopy(IReadOnlyList<Pause> Pauses, IReadOnlyList<Fault> Faults, int? WaitOverride, long ReadAt);
