namespace Lull.Storage.Ledger;

/// <summary>What keeps due steps waiting at one moment: pauses, and faults by their target.</summary>
internal sealed record Obstacles(IReadOnlyList<Pause> Pauses, IReadOnlyDictionary<string, Fault> Faults, DateTimeOffset Now)
{
    /// <summary>True when all sending, or this location's, is stopped.</summary>
    public bool IsPaused(string location) => IsPaused(Pauses, location);

    public static bool IsPaused(IReadOnlyList<Pause> pauses, string location) => pauses.Any(pause => pause.Location is null || pause.Location == location);

    /// <summary>What keeps a due step waiting, or null.</summary>
    public Obstacle? Before(ConversationId id, StepNeeds needs, DateTimeOffset dueAt)
    {
        if (dueAt > Now)
        {
            return null;
        }

        if (IsPaused(id.Location))
        {
            return new("paused", "POST /resume");
        }

        var target = needs is StepNeeds.Model ? Faulted.Model : Faulted.Delivery(id.Location);
        return Faults.TryGetValue(target, out var fault) ? new(fault.Reason, "mending it: Lull looks once a minute and goes on by itself") : null;
    }

    /// <summary>Where a message stands that no batch has claimed.</summary>
    /// <param name="conversation">What is open of its conversation; null when nothing is any more.</param>
    public OpenStanding StandingOf(OpenConversation? conversation, Lane lane, BurstWindow window)
    {
        if (conversation is null)
        {
            return new("open", null, null);
        }

        var dueAt = conversation.Batch is { State: BatchState.Released, Lane: var released } && released == lane
            ? conversation.ReleasedDueAt(window)
            : conversation.Messages.Exists(message => message.Lane == lane) ? conversation.Burst(lane, window).DueAt : Now;
        return Before(conversation.Id, StepNeeds.Model, dueAt) is { } obstacle ? new("held", obstacle.Reason, obstacle.Release) : new("open", null, null);
    }
}

/// <summary>Why a due step waits, and what would let it go on.</summary>
internal sealed record Obstacle(string Reason, string Release);

/// <param name="State"><c>open</c>, or <c>held</c> with the reason and what would release it.</param>
internal readonly record struct OpenStanding(string State, string? Reason, string? Release);
