namespace Lull.Storage.Ledger;

/// <summary>What is open of one conversation: the messages no batch has claimed, and the one batch that is not finished.</summary>
internal sealed class OpenConversation(ConversationId id, long position)
{
    /// <summary>So long after its lease ended a batch that is being sent is left to its holder.</summary>
    public static readonly TimeSpan SendGrace = TimeSpan.FromSeconds(10);

    public ConversationId Id => id;

    /// <summary>Its place in the order of the queue; kept while anything is open.</summary>
    public long Position => position;

    /// <summary>In the order of storing.</summary>
    public List<OpenMessage> Messages { get; } = new(1);

    public OpenBatch? Batch { get; set; }

    /// <summary>Messages up to this id were forced.</summary>
    public long ForcedUpTo { get; set; }

    /// <summary>The next conversation with the same contact id, in another location.</summary>
    public OpenConversation? SameContact { get; set; }

    /// <summary>True once it has left the open set: whoever opens the conversation again makes another one.</summary>
    public bool IsGone { get; set; }

    public bool IsEmpty => Messages.Count == 0 && Batch is null;

    /// <summary>The step that is to be taken next, or null while one is being taken.</summary>
    public NextStep? Next(BurstWindow window)
    {
        if (Batch is null)
        {
            return Messages.Count == 0 ? null : new(FirstDueAt(window), StepNeeds.Model);
        }

        if (Batch.IsRunning)
        {
            return Batch.LeaseEndedAt is { } ended ? TakenOver(Batch, ended, window) : null;
        }

        return Batch.State is BatchState.Released
            ? new(ReleasedDueAt(window), StepNeeds.Model)
            : new(Batch.State is BatchState.Replied && IsForced(Batch) ? Batch.FirstAt : Batch.RetryAt, StepNeeds.Delivery);
    }

    /// <summary>The step of whoever finds that the holder of the batch let its lease run out.</summary>
    private NextStep TakenOver(OpenBatch batch, DateTimeOffset leaseEnded, BurstWindow window) => batch.State switch
    {
        BatchState.Claimed or BatchState.Replying => new(
            IsForced(batch.FirstId) || HasForcedFor(batch) ? leaseEnded : Later(leaseEnded, WithJoined(batch, window)), StepNeeds.Model),

        // Its send may have begun at the last moment, and has its own time to end in.
        BatchState.Sending => new(leaseEnded + SendGrace, StepNeeds.Delivery),
        _ => new(leaseEnded, StepNeeds.Delivery),
    };

    /// <summary>When the first burst ends; asked for everything open every few seconds, so the common case of one lane takes no memory.</summary>
    private DateTimeOffset FirstDueAt(BurstWindow window)
    {
        var forced = false;
        foreach (var message in Messages)
        {
            if (message.Lane != Messages[0].Lane)
            {
                return DueBurst(window).DueAt;
            }

            forced |= IsForced(message.Id);
        }

        return DueAt(Messages, window, forced);
    }

    /// <summary>The lane whose burst ends first. There must be messages.</summary>
    public OpenBurst DueBurst(BurstWindow window)
    {
        OpenBurst? due = null;
        foreach (var lane in Lanes())
        {
            var burst = Burst(lane, window);
            if (due is null || burst.DueAt < due.DueAt)
            {
                due = burst;
            }
        }

        return due!;
    }

    /// <summary>The lanes that have open messages, in the order of their first.</summary>
    public IEnumerable<Lane> Lanes() => Messages.Select(message => message.Lane).Distinct();

    /// <summary>The open messages of one lane as a burst.</summary>
    public OpenBurst Burst(Lane lane, BurstWindow window)
    {
        var messages = Messages.Where(message => message.Lane == lane).ToList();
        var forced = messages.Any(message => IsForced(message.Id));
        return new(lane, messages, DueAt(messages, window, forced), forced);
    }

    /// <summary>When the released batch, together with what was said since, is due.</summary>
    public DateTimeOffset ReleasedDueAt(BurstWindow window)
    {
        var batch = Batch!;
        if (IsForced(batch) || HasForcedFor(batch))
        {
            return batch.FirstAt;
        }

        return Later(WithJoined(batch, window), batch.RetryAt);
    }

    private DateTimeOffset WithJoined(OpenBatch batch, BurstWindow window)
    {
        var last = batch.LastAt;
        var count = batch.MessageIds.Count;
        foreach (var message in Messages)
        {
            if (message.Lane == batch.Lane)
            {
                count++;
                last = message.ReceivedAt > last ? message.ReceivedAt : last;
            }
        }

        return window.EndsAt(FirstAtWith(batch, Messages), last, count);
    }

    /// <summary>
    /// When the batch's first message came, with those that join it: where nodes share the store, what got its time first may be committed after what was claimed.
    /// What an operator gave back is young again and makes nothing older.
    /// </summary>
    public static DateTimeOffset FirstAtWith(OpenBatch batch, List<OpenMessage> joining)
    {
        var first = batch.FirstAt;
        foreach (var message in joining)
        {
            first = message.Lane == batch.Lane && message.ReopenedAt is null && message.ReceivedAt < first ? message.ReceivedAt : first;
        }

        return first;
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private bool HasForcedFor(OpenBatch batch) => Messages.Exists(message => message.Lane == batch.Lane && IsForced(message.Id));

    private bool IsForced(long firstId) => firstId <= ForcedUpTo;

    private bool IsForced(OpenBatch batch) => !batch.IsForceUsed && IsForced(batch.FirstId);

    private static DateTimeOffset DueAt(List<OpenMessage> messages, BurstWindow window, bool forced)
    {
        if (forced)
        {
            return messages[0].ReceivedAt;
        }

        // What an operator gave back is due at once, unless the contact is writing right now: then it joins that burst.
        DateTimeOffset? first = null, last = null, reopened = null;
        foreach (var message in messages)
        {
            if (message.ReopenedAt is { } at)
            {
                reopened = reopened < at ? reopened : at;
                continue;
            }

            first ??= message.ReceivedAt;
            last = message.ReceivedAt;
        }

        return first is null ? reopened!.Value : window.EndsAt(first.Value, last!.Value, messages.Count);
    }
}

/// <summary>One message that no batch has claimed.</summary>
internal readonly record struct OpenMessage(long Id, DateTimeOffset ReceivedAt, DateTimeOffset? ReopenedAt, Lane Lane);

/// <summary>The open messages of one lane, and when they are due.</summary>
internal sealed record OpenBurst(Lane Lane, IReadOnlyList<OpenMessage> Messages, DateTimeOffset DueAt, bool IsForced)
{
    public DateTimeOffset FirstAt => Messages[0].ReceivedAt;

    public DateTimeOffset LastAt => Messages[^1].ReceivedAt;

    /// <summary>From when on it counts as late: given back by an operator it is young again, and so it is while the contact still writes.</summary>
    public DateTimeOffset StaleFrom => Messages.Max(message => message.ReopenedAt > message.ReceivedAt ? message.ReopenedAt.Value : message.ReceivedAt) is var young && young > DueAt ? young : DueAt;
}

/// <summary>The one unfinished batch of a conversation.</summary>
internal sealed class OpenBatch
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required ConversationId Conversation { get; init; }
    public required Lane Lane { get; init; }
    public BatchState State { get; set; }
    public int Attempt { get; set; }
    public int Restarts { get; set; }
    public int Failures { get; set; }
    public int Lost { get; set; }
    public DateTimeOffset FirstAt { get; set; }
    public DateTimeOffset LastAt { get; set; }
    public DateTimeOffset DueAt { get; set; }
    public DateTimeOffset RetryAt { get; set; }
    public DateTimeOffset? RetryUntil { get; set; }
    public string? Fault { get; set; }
    public string? Reason { get; set; }
    public required List<long> MessageIds { get; set; }

    /// <summary>
    /// True while a step is being taken; stored, so that a commit that failed cannot lose it. On SQLite nothing is after a restart; where nodes share the
    /// database it is until <see cref="LeaseEndedAt"/>.
    /// </summary>
    public bool IsRunning { get; set; }

    /// <summary>Set when its holder let the lease run out: anybody may take it up.</summary>
    public DateTimeOffset? LeaseEndedAt { get; set; }

    /// <summary>True when this attempt wrote the reply: it was given its place for the model, not for the delivery.</summary>
    public bool IsJustWritten { get; set; }

    /// <summary>True once a claim followed the force: it hurries one try, the next keeps to its backoff.</summary>
    public bool IsForceUsed { get; set; }

    public long FirstId => MessageIds.Count == 0 ? long.MaxValue : MessageIds.Min();

    public BatchTicket Ticket => new(Id, Attempt);
}
