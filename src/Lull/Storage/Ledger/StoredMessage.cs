namespace Lull.Storage.Ledger;

/// <summary>What is stored of one message, as far as its fate goes.</summary>
internal sealed record StoredMessage(
    MessageId Id,
    WebhookOutcome Outcome,
    long? Batch,
    long? Origin,
    DateTimeOffset ReceivedAt,
    DateTimeOffset? ReopenedAt,
    ConversationId? Conversation,
    Lane Lane,
    string? Reason,
    string? Text)
{
    /// <summary>What it was received with, and what came of the batch it was given back from.</summary>
    /// <param name="origin">The history of that batch; empty where there is none.</param>
    public List<FateStep> StepsAfter(IEnumerable<FateStep> origin)
    {
        List<FateStep> steps = [new("received", ReceivedAt, null, null, null), .. origin];
        if (ReopenedAt is { } reopened)
        {
            steps.Add(new("reopened", reopened, null, null, null));
        }

        return steps;
    }

    /// <summary>It never was a message to answer.</summary>
    public MessageFate AsEvent(List<FateStep> steps) => new(Id, Conversation, Text, Outcome.ToString().ToLowerInvariant(), Reason, null, null, null, steps);

    /// <summary>No batch has claimed it.</summary>
    /// <param name="burst">What is open of its conversation first.</param>
    public MessageFate AsOpen(OpenStanding standing, BurstView? burst, List<FateStep> steps)
    {
        var batch = burst?.Messages.Any(other => other.Id == Id) == true ? burst.Batch : null;
        return new(Id, Conversation, Text, standing.State, standing.Reason, standing.Release, batch, null, steps);
    }

    /// <summary>It is in a batch; null when that is being erased.</summary>
    public MessageFate InBatch(StoredBatch? batch, Obstacles obstacles, List<FateStep> steps)
    {
        if (batch is null)
        {
            return new(Id, Conversation, Text, "open", null, null, null, null, steps);
        }

        var state = StepNames.FateOf(batch.State);
        var (reason, release) = (batch.Reason, batch.State is BatchState.Held or BatchState.DeadLettered ? StepNames.ReleaseOf(batch.State, batch.Reason) : null);
        var needs = batch.State is BatchState.Released ? StepNeeds.Model : StepNeeds.Delivery;
        if (batch.State is BatchState.Released or BatchState.Replied && obstacles.Before(Conversation!.Value, needs, batch.DueAt) is { } obstacle)
        {
            (state, reason, release) = ("held", obstacle.Reason, obstacle.Release);
        }
        else if (batch.IsHeld)
        {
            (state, release) = ("held", "it is tried again every minute; or POST /held/{batch_id}/release or /drop");
        }

        return new(Id, Conversation, Text, state, reason, release, batch.Name, batch.LastReply, steps);
    }
}

/// <summary>What is stored of one batch, as far as its messages' fate goes.</summary>
/// <param name="Delivery">The state of its delivery record.</param>
/// <param name="Messages">How many it holds.</param>
/// <param name="IsHeld">It waits for the probe of a fault, alone.</param>
internal sealed record StoredBatch(
    string Name, BatchState State, string? Reason, string? Reply, string? Delivery, DateTimeOffset? EndedAt, int Messages, DateTimeOffset DueAt, bool IsHeld)
{
    /// <summary>Its reply, once that was delivered or recorded.</summary>
    public LastReply? LastReply => this is { State: BatchState.Answered, Reply: { } text, EndedAt: { } at } ? new(text, at, Name, Messages, Delivery == "recorded") : null;
}
