using System.Runtime.InteropServices;

namespace Lull.Conversations;

/// <summary>
/// What the line waits for: one entry for each conversation, at a time that is never after its next step. A message that prolongs a burst moves nothing;
/// whoever is taken out early is asked in the store and put back.
/// </summary>
internal sealed class OpenBursts
{
    private readonly Dictionary<ConversationId, Entry> _entries = [];
    private readonly DueQueues _queues = new();

    public int Count => _entries.Count;

    public DateTimeOffset? NextDueAt => _queues.NextDueAt;

    /// <summary>Waits for a step whose time the store has told.</summary>
    /// <param name="messages">How many were heard of it so far.</param>
    public void Arm(DueStep due, int messages = 0)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, due.Conversation, out _);
        (entry.DueAt, entry.Messages) = (due.Step.DueAt, messages);
        _queues.Add(due);
    }

    /// <summary>Notes a message. The first of a burst is waited for from now on; one that fills the burst makes it due at once.</summary>
    public void Heard(ConversationId conversation, DateTimeOffset at, BurstWindow window)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, conversation, out var isWaitedFor);
        entry.Messages++;
        if (entry.Messages >= window.MaxMessages)
        {
            entry.Messages = 0;
            entry.DueAt = at;
        }
        else if (isWaitedFor)
        {
            return;
        }
        else
        {
            entry.DueAt = at + window.Wait;
        }

        _queues.Add(new(conversation, new(entry.DueAt, StepNeeds.Model)));
    }

    /// <summary>Takes out the first that may be due now and whose target is wanted.</summary>
    public (ConversationId Conversation, int Messages)? TryTake(DateTimeOffset now, Func<SlotTarget, bool> isWanted)
    {
        while (_queues.TryTake(now, isWanted) is { } due)
        {
            // Another time was noted since: that one counts.
            if (_entries.TryGetValue(due.Conversation, out var entry) && entry.DueAt == due.DueAt)
            {
                _entries.Remove(due.Conversation);
                return (due.Conversation, entry.Messages);
            }
        }

        return null;
    }

    public void Clear()
    {
        _entries.Clear();
        _queues.Clear();
    }

    private struct Entry
    {
        public DateTimeOffset DueAt;
        public int Messages;
    }
}
