using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>What waits, replies and delivers, as operators see it: the order from memory, the texts from the disk.</summary>
internal sealed class QueueReads(OpenSet open, StoreMirror mirror, StoreClock clock)
{
    // A partial index is used only where its own condition is repeated.
    private const string CountHeld = "SELECT COUNT(*) FROM batches INDEXED BY batches_for_operator WHERE state IN (12, 13) AND state = 12";
    private const string CountDeadLettered = "SELECT COUNT(*) FROM batches INDEXED BY batches_for_operator WHERE state IN (12, 13) AND state = 13";

    public QueuePage Page(SqliteSession sql, long? after, int limit, BurstWindow window)
    {
        List<Sketch> sketches = [];
        long? next = null;
        lock (open.Gate)
        {
            foreach (var conversation in open.After(after ?? 0))
            {
                if (sketches.Count >= limit)
                {
                    break;
                }

                sketches.AddRange(SketchesOf(conversation, window));
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
        Sketch? sketch;
        lock (open.Gate)
        {
            sketch = open.Find(id) is { } conversation ? SketchesOf(conversation, window).First() : null;
        }

        return sketch is null ? null : Fill(sql, sketch);
    }

    /// <summary>The state of what is open of a conversation's lane, for a message that no batch has claimed.</summary>
    public (string State, string? Reason, string? Release) StateOf(ConversationId id, Lane lane, BurstWindow window)
    {
        lock (open.Gate)
        {
            if (open.Find(id) is not { } conversation)
            {
                return ("open", null, null);
            }

            var dueAt = conversation.Batch is { State: BatchState.Released, Lane: var released } && released == lane
                ? conversation.ReleasedDueAt(window)
                : conversation.Messages.Exists(message => message.Lane == lane) ? conversation.Burst(lane, window).DueAt : clock.Now;
            return Obstacle(id, StepNeeds.Model, dueAt) is { } obstacle ? ("held", obstacle.Reason, obstacle.Release) : ("open", null, null);
        }
    }

    /// <summary>What keeps a due step waiting, or null.</summary>
    public (string Reason, string Release)? Obstacle(ConversationId id, StepNeeds needs, DateTimeOffset dueAt)
    {
        if (dueAt > clock.Now)
        {
            return null;
        }

        if (mirror.IsPaused(id.Location))
        {
            return ("paused", "POST /resume");
        }

        var target = needs is StepNeeds.Model ? Faulted.Model : Faulted.Delivery(id.Location);
        return mirror.Faults.TryGetValue(target, out var fault) ? (fault.Reason, "mending it: Lull looks once a minute and goes on by itself") : null;
    }

    public QueueCounts Counts(SqliteSession sql)
    {
        int waiting = 0, replying = 0, delivering = 0, faulted = 0;
        DateTimeOffset? oldest = null;
        open.Visit(conversation =>
        {
            var batch = conversation.Batch;
            var first = batch?.FirstAt ?? conversation.Messages[0].ReceivedAt;
            oldest = oldest < first ? oldest : first;
            switch (batch?.State)
            {
                case BatchState.Released when batch.Fault is not null:
                    faulted++;
                    break;
                case null or BatchState.Released:
                    waiting++;
                    break;
                case BatchState.Claimed or BatchState.Replying:
                    replying++;
                    break;
                default:
                    delivering++;
                    break;
            }
        });

        return new(
            waiting,
            replying,
            delivering,
            faulted + (int)sql.Number(CountHeld)!.Value,
            (int)sql.Number(CountDeadLettered)!.Value,
            oldest);
    }

    private IEnumerable<Sketch> SketchesOf(OpenConversation conversation, BurstWindow window)
    {
        var isUnique = open.IsUnique(conversation);
        if (conversation.Batch is { } batch)
        {
            yield return OfBatch(conversation, batch, window, isUnique);
        }

        foreach (var lane in conversation.Lanes())
        {
            if (conversation.Batch is { State: BatchState.Released, Lane: var released } && released == lane)
            {
                continue;
            }

            var burst = conversation.Burst(lane, window);
            var obstacle = Obstacle(conversation.Id, StepNeeds.Model, burst.DueAt);
            yield return new(
                null, conversation.Id, lane, burst.FirstAt, burst.LastAt, [.. burst.Messages.Select(message => message.Id)], burst.DueAt,
                obstacle is null ? "waiting" : "held", obstacle?.Reason, isUnique);
        }
    }

    private Sketch OfBatch(OpenConversation conversation, OpenBatch batch, BurstWindow window, bool isUnique)
    {
        List<long> ids = [.. batch.MessageIds];
        var last = batch.LastAt;
        if (batch.State is BatchState.Released)
        {
            foreach (var message in conversation.Messages.Where(message => message.Lane == batch.Lane))
            {
                ids.Add(message.Id);
                last = message.ReceivedAt > last ? message.ReceivedAt : last;
            }
        }

        var next = conversation.Next(window);
        var obstacle = next is { } step ? Obstacle(conversation.Id, step.Needs, step.DueAt) : null;
        return new(
            batch.Name, conversation.Id, batch.Lane, batch.FirstAt, last, ids, next?.DueAt ?? batch.DueAt,
            obstacle is null ? StepNames.QueueStateOf(batch.State) : "held", obstacle?.Reason ?? batch.Reason, isUnique);
    }

    private static BurstView Fill(SqliteSession sql, Sketch sketch)
        => new(
            sketch.Name ?? BatchRows.NameFor(sql, sketch.Conversation, sketch.FirstAt, sketch.MessageIds[0]),
            sketch.Conversation, sketch.Lane, sketch.FirstAt, sketch.LastAt, BatchRows.Messages(sql, sketch.MessageIds), sketch.DueAt, sketch.State, sketch.Reason,
            sketch.IsUnique);

    private sealed record Sketch(
        string? Name, ConversationId Conversation, Lane Lane, DateTimeOffset FirstAt, DateTimeOffset LastAt, List<long> MessageIds, DateTimeOffset DueAt, string State,
        string? Reason, bool IsUnique);
}
