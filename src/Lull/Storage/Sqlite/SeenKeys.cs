namespace Lull.Storage.Sqlite;

/// <summary>
/// What was seen before, as far as memory knows: the newest keys whole, of older ones the runs they are in.
/// Added to by the writer only; looked at by readers too.
/// </summary>
internal sealed class SeenKeys
{
    /// <summary>So many keys make a run.</summary>
    public const int RunLength = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, long> _newest = new(RunLength);
    private SeenRun[] _runs = [];

    public bool IsFull => _newest.Count >= RunLength;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SeenRun> Runs => Volatile.Read(ref _runs);

    public void Add(UInt128 key, MessageId message)
    {
        lock (_gate)
        {
            _newest[key] = message.Value;
        }
    }

    /// <summary>The message of a key that is in no run yet.</summary>
    public MessageId? FindNewest(UInt128 key)
    {
        lock (_gate)
        {
            return _newest.TryGetValue(key, out var message) ? new(message) : null;
        }
    }

    /// <summary>Everything that is in no run yet, in the order of the keys.</summary>
    public (UInt128[] Keys, long[] Messages) Sorted()
    {
        lock (_gate)
        {
            UInt128[] keys = [.. _newest.Keys];
            long[] messages = [.. _newest.Values];
            Array.Sort(keys, messages);
            return (keys, messages);
        }
    }

    /// <summary>What was newest is in a run now.</summary>
    public void Begin(SeenRun run)
    {
        lock (_gate)
        {
            Volatile.Write(ref _runs, [.. _runs, run]);
            _newest.Clear();
        }
    }

    /// <summary>A run that no window reaches any more.</summary>
    public void Forget(SeenRun run)
    {
        lock (_gate)
        {
            Volatile.Write(ref _runs, [.. _runs.Where(other => other != run)]);
        }
    }

    /// <summary>Starts again with what the tables hold.</summary>
    public void Load(IReadOnlyList<SeenRun> runs)
    {
        lock (_gate)
        {
            Volatile.Write(ref _runs, [.. runs]);
            _newest.Clear();
        }
    }
}
