using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>What waits, replies and delivers, as operators see it: the order from memory, the texts from the disk.</summary>
internal sealed class QueueReads(OpenSet open, StoreMirror mirror, StoreClock clock)
{
    // A partial index is used only where its own condition is repeated.
    private const string CountHeld = "SELECT COUNT(*) FROM batches INDEXED BY batches_for_operator WHERE state IN (12, 13) AND state = 12";
    private const string CountDeadLettered = "SELECT COUNT(*) FROM batches INDEXED BY batches_for_operator WHERE state IN (12, 13) AND state = 13";

    /// <summary>What keeps due steps waiting now.</summary>
    public Obstacles Obstacles => new(mirror.Pauses, mirror.Faults, clock.Now);

    public QueuePage Page(SqliteSession sql, long? after, int limit, BurstWindow window)
    {
        List<QueueSketch> sketches = [];
        long? next = null;
        var obstacles = Obstacles;
        lock (open.Gate)
        {
            foreach (var conversation in open.After(after ?? 0))
            {
                if (sketches.Count >= limit)
                {
                    break;
                }

                sketches.AddRange(QueueSketch.Of(conversation, window, obstacles, open.IsUnique(conversation)));
                next = conversation.Position;
            }

            if (next is { } last && !open.After(last).Any())
            {
                next = null;
            }
        }

        return new([.. sketches.Select(sketch => Fill(sql, sketch))], next);
    }

    public BurstView? Burst(SqliteSession sql, ConversationId id, BurstWindow window)
    {
        QueueSketch? sketch;
        lock (open.Gate)
        {
            sketch = open.Find(id) is { } conversation ? QueueSketch.Of(conversation, window, Obstacles, open.IsUnique(conversation)).First() : null;
        }

        return sketch is null ? null : Fill(sql, sketch);
    }

    /// <summary>Where a message of this lane stands that no batch has claimed.</summary>
    public OpenStanding StandingOf(ConversationId id, Lane lane, BurstWindow window)
    {
        lock (open.Gate)
        {
            return Obstacles.StandingOf(open.Find(id), lane, window);
        }
    }

    public QueueCounts Counts(SqliteSession sql)
    {
        var tally = new QueueTally();
        open.Visit(conversation => tally.Add(
            conversation.Batch?.State, conversation.Batch?.Fault is not null, conversation.Batch?.FirstAt ?? conversation.Messages[0].ReceivedAt));
        return tally.With(sql.Number(CountHeld)!.Value, sql.Number(CountDeadLettered)!.Value);
    }

    private static BurstView Fill(SqliteSession sql, QueueSketch sketch)
        => sketch.With(
            sketch.Name ?? BatchNames.Free(sketch.Conversation, sketch.FirstAt, sketch.MessageIds[0], name => BatchRows.IsNameTaken(sql, name)),
            BatchRows.Messages(sql, sketch.MessageIds));
}
