using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>What is known of a group's keys, and what is to be remembered of them.</summary>
internal sealed class SeenLook
{
    // Whoever comes second finds a row more than it saw, and changes one fewer than it meant to.
    private const string Insert = """
        INSERT INTO lull.seen (bucket, hash, message) SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[]) ON CONFLICT (bucket, hash) DO NOTHING
        """;

    private const string Overwrite = """
        UPDATE lull.seen s SET message = k.message FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::bigint[]) AS k(bucket, hash, message, former)
        WHERE s.bucket = k.bucket AND s.hash = k.hash AND s.message = k.former
        """;

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

    /// <summary>The statements, each with how many rows it must change unless another node was faster. All nodes write in one order, so that none waits in a circle.</summary>
    public List<(NpgsqlBatchCommand Command, int Rows)> Writes(PostgresSession sql, DateTimeOffset now)
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

        List<(NpgsqlBatchCommand, int)> writes = [];
        if (added.Count > 0)
        {
            writes.Add((sql.BatchCommand(Insert, [.. Columns(added)]), added.Count));
        }

        if (changed.Count > 0)
        {
            writes.Add((sql.BatchCommand(Overwrite, [.. Columns(changed.ConvertAll(row => (row.Bucket, row.Hash, row.Message))), changed.Select(row => row.Former).ToArray()]), changed.Count));
        }

        return writes;
    }

    private static object[] Columns(List<(int Bucket, Guid Hash, long Message)> rows)
        => [rows.Select(row => row.Bucket).ToArray(), rows.Select(row => row.Hash).ToArray(), rows.Select(row => row.Message).ToArray()];
}
