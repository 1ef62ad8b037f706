namespace Lull.Storage.Ledger;

/// <summary>A burst as the operator sees it, still without its texts, and without a name where it has no batch.</summary>
internal sealed record QueueSketch(
    string? Name,
    ConversationId Conversation,
    Lane Lane,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    List<long> MessageIds,
    DateTimeOffset DueAt,
    string State,
    string? Reason,
    bool IsUnique)
{
    /// <summary>The unfinished batch, and the burst of each lane that is not part of it.</summary>
    public static IEnumerable<QueueSketch> Of(OpenConversation conversation, BurstWindow window, Obstacles obstacles, bool isUnique)
    {
        if (conversation.Batch is { } batch)
        {
            yield return OfBatch(conversation, batch, window, obstacles, isUnique);
        }

        foreach (var lane in conversation.Lanes())
        {
            if (conversation.Batch is { State: BatchState.Released, Lane: var released } && released == lane)
            {
                continue;
            }

            var burst = conversation.Burst(lane, window);
            var obstacle = obstacles.Before(conversation.Id, StepNeeds.Model, burst.DueAt);
            yield return new(
                null, conversation.Id, lane, burst.FirstAt, burst.LastAt, [.. burst.Messages.Select(message => message.Id)], burst.DueAt,
                obstacle is null ? "waiting" : "held", obstacle?.Reason, isUnique);
        }
    }

    public BurstView With(string name, IReadOnlyList<BurstMessage> messages)
        => new(name, Conversation, Lane, FirstAt, LastAt, messages, DueAt, State, Reason, IsUnique);

    private static QueueSketch OfBatch(OpenConversation conversation, OpenBatch batch, BurstWindow window, Obstacles obstacles, bool isUnique)
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
        var obstacle = next is { } step ? obstacles.Before(conversation.Id, step.Needs, step.DueAt) : null;
        return new(
            batch.Name, conversation.Id, batch.Lane, batch.FirstAt, last, ids, next?.DueAt ?? batch.DueAt,
            obstacle is null ? StepNames.QueueStateOf(batch.State) : "held", obstacle?.Reason ?? batch.Reason, isUnique);
    }
}
