namespace Lull.Conversations;

/// <summary>Conversations in the order in which they are due, one queue for each target: what waits for one that is stopped keeps nobody else waiting.</summary>
internal sealed class DueQueues
{
    private readonly Dictionary<SlotTarget, PriorityQueue<ConversationId, DateTimeOffset>> _queues = [];

    /// <summary>When the first of all is due, or null.</summary>
    public DateTimeOffset? NextDueAt
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var queue in _queues.Values)
            {
                if (queue.TryPeek(out _, out var dueAt) && !(next <= dueAt))
                {
                    next = dueAt;
                }
            }

            return next;
        }
    }

    public void Add(DueStep due)
    {
        var target = new SlotTarget(due.Step.Needs, due.Conversation.Location);
        if (!_queues.TryGetValue(target, out var queue))
        {
            _queues[target] = queue = new();
        }

        queue.Enqueue(due.Conversation, due.Step.DueAt);
    }

    /// <summary>Takes out the first that is due now and whose target is wanted.</summary>
    public (ConversationId Conversation, DateTimeOffset DueAt)? TryTake(DateTimeOffset now, Func<SlotTarget, bool> isWanted)
    {
        PriorityQueue<ConversationId, DateTimeOffset>? first = null;
        var earliest = DateTimeOffset.MaxValue;
        foreach (var (target, queue) in _queues)
        {
            if (queue.TryPeek(out _, out var dueAt) && dueAt <= now && dueAt < earliest && isWanted(target))
            {
                (first, earliest) = (queue, dueAt);
            }
        }

        return first is null ? null : (first.Dequeue(), earliest);
    }

    public void Clear() => _queues.Clear();
}
