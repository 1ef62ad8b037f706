using System.Runtime.CompilerServices;
using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>Every conversation that may have a step to take, piece by piece, each piece in a transaction of its own: what changes meanwhile may be missed.</summary>
internal sealed class OpenStepReads(PostgresDatabase database)
{
    // So many are loaded at once.
    private const int Piece = 500;

    // No burst ends before its first message is as old as the wait time, unless it is full or forced; a batch is not taken up before its retry time unless it is forced.
    // What an operator gives back sooner is woken by whoever gives it back.
    private const string SelectHashes = """
        SELECT conversation FROM lull.batches WHERE state < 10 AND lease_until <= $1 AND (lease_until > 0 OR retry_at <= $2)
        UNION
        SELECT conversation FROM lull.messages WHERE batch IS NULL AND outcome = 1 AND id > 0 AND id <= $3
        """;

    // Reads all that is open. Whoever received the last message of a full burst wakes it at once, so that this finds only what one left behind that died at that moment.
    private const string SelectFull = "SELECT conversation FROM lull.messages WHERE batch IS NULL AND outcome = 1 GROUP BY conversation HAVING count(*) >= $1";

    private static readonly TimeSpan FullEvery = TimeSpan.FromSeconds(20);

    private DateTimeOffset _fullAt;

    /// <summary>Every conversation whose next step is due before <paramref name="dueBefore"/>; null = every one with a step.</summary>
    /// <param name="now">Leases that end by then are counted as ended: what is being taken is named as due when it can be taken over.</param>
    public async IAsyncEnumerable<DueStep> StepsAsync(
        BurstWindow window, DateTimeOffset? dueBefore, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var hashes = await database.ReadAsync(sql => HashesAsync(sql, window, dueBefore, now), cancellationToken);
        foreach (var piece in hashes.Chunk(Piece))
        {
            foreach (var conversation in await database.ReadAsync(sql => OpenConversationRows.LoadAsync(sql, piece, now), cancellationToken))
            {
                if (conversation.Next(window) is { } step && !(step.DueAt >= dueBefore))
                {
                    yield return new(conversation.Id, step);
                }
            }
        }
    }

    private async Task<List<long>> HashesAsync(PostgresSession sql, BurstWindow window, DateTimeOffset? dueBefore, DateTimeOffset now)
    {
        var newest = dueBefore is { } due ? MessageId.FirstOf(due - window.Wait + TimeSpan.FromMilliseconds(1)).Value : long.MaxValue;
        var hashes = await sql.QueryAsync(
            SelectHashes, row => row.GetInt64(0), now.ToColumn(), dueBefore?.ToColumn() ?? long.MaxValue, newest);
        if (dueBefore > _fullAt + FullEvery)
        {
            _fullAt = dueBefore.Value;
            hashes.AddRange(await sql.QueryAsync(SelectFull, row => row.GetInt64(0), (long)window.MaxMessages));
        }

        var forced = await sql.QueryAsync("SELECT location, contact FROM lull.forces", row => new ConversationId(row.GetString(0), row.GetString(1)).Hash);
        return [.. hashes.Union(forced)];
    }
}
