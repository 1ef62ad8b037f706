namespace Lull.Storage.Postgres;

/// <summary>What is known of a group's keys, and what is to be remembered of them.</summary>
internal sealed class SeenLook
{
    private readonly Dictionary<(int Bucket, Guid Hash), long> _stored = [];
    private readonly Dictionary<Guid, long> _newest = [];
    private readonly SortedDictionary<Guid, long> _remembered = [];

    public void Found(int bucket, Guid hash, long message)
    {
        _stored[(bucket, hash)] = message;
        _newest[hash] = Math.Max(message, _newest.GetValueOrDefault(hash));
    }

    public MessageId? Newest(Guid hash) => _newest.TryGetValue(hash, out var message) ? new(message) : null;

    public void Remember(Guid[] hashes, MessageId id)
    {
        foreach (var hash in hashes)
        {
            _newest[hash] = _remembered[hash] = id.Value;
        }
    }

    /// <summary>What <c>lull.append</c> is to remember. All nodes write in one order, so that none waits in a circle.</summary>
    public SeenWrites Writes(DateTimeOffset now)
    {
        List<(int Bucket, Guid Hash, long Message)> added = [];
        List<(int Bucket, Guid Hash, long Message, long Former)> changed = [];
        foreach (var (hash, message) in _remembered)
        {
            foreach (var bucket in SeenRows.BucketsOf(now))
            {
                if (_stored.TryGetValue((bucket, hash), out var former))
                {
                    changed.Add((bucket, hash, message, former));
                }
                else
                {
                    added.Add((bucket, hash, message));
                }
            }
        }

        return new(added, changed);
    }
}

/// <summary>Keys that were not known, and keys whose message is another one now. Unless another node was faster, each is one row.</summary>
internal sealed record SeenWrites(List<(int Bucket, Guid Hash, long Message)> Added, List<(int Bucket, Guid Hash, long Message, long Former)> Changed)
{
    /// <summary>The columns, as <c>lull.append</c> takes them.</summary>
    public object?[] Columns =>
    [
        Added.Select(row => row.Bucket).ToArray(), Added.Select(row => row.Hash).ToArray(), Added.Select(row => row.Message).ToArray(),
        .. Changed.Count == 0
            ? new object?[4]
            : [Changed.Select(row => row.Bucket).ToArray(), Changed.Select(row => row.Hash).ToArray(), Changed.Select(row => row.Message).ToArray(), Changed.Select(row => row.Former).ToArray()],
    ];
}
