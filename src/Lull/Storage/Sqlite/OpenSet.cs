using System.Diagnostics.CodeAnalysis;
using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>
/// Everything that is open, in memory: exact after every commit, rebuilt from the tables at the start and after a commit that failed.
/// Changed by the writer only; every access holds <see cref="Gate"/>.
/// </summary>
internal sealed class OpenSet
{
    /// <summary>So many are visited under one lock.</summary>
    public const int Piece = 500;

    private readonly Dictionary<string, OpenConversation> _byContact = [];
    private readonly Dictionary<long, OpenConversation> _byBatch = [];
    private readonly OpenOrder _inOrder = new();
    private readonly Dictionary<Lane, Lane> _lanes = [];
    private long _positions;

    public Lock Gate { get; } = new();

    public int Count => _inOrder.Count;

    public OpenConversation? Find(ConversationId id)
    {
        var found = _byContact.GetValueOrDefault(id.Contact);
        while (found is not null && found.Id.Location != id.Location)
        {
            found = found.SameContact;
        }

        return found;
    }

    /// <summary>The locations in which something of this contact id is open.</summary>
    public IEnumerable<OpenConversation> OfContact(string contact)
    {
        for (var found = _byContact.GetValueOrDefault(contact); found is not null; found = found.SameContact)
        {
            yield return found;
        }
    }

    /// <summary>True when nothing of the same contact id is open in another location.</summary>
    public bool IsUnique(OpenConversation conversation) => _byContact[conversation.Id.Contact] == conversation && conversation.SameContact is null;

    public bool TryFind(BatchTicket ticket, [NotNullWhen(true)] out OpenConversation? conversation)
    {
        conversation = _byBatch.GetValueOrDefault(ticket.Batch);
        return conversation is not null && conversation.Batch!.Attempt == ticket.Attempt;
    }

    /// <summary>The conversation of a ticket's batch, whichever attempt is its current one; null once that is finished.</summary>
    public OpenConversation? Of(BatchTicket ticket) => _byBatch.GetValueOrDefault(ticket.Batch);

    /// <summary>In the order in which they became open, after a position.</summary>
    public IEnumerable<OpenConversation> After(long position) => _inOrder.After(position);

    /// <summary>Visits everything open piece by piece, so that no webhook waits for all of it. What changes meanwhile may be missed.</summary>
    public void Visit(Action<OpenConversation> visit)
    {
        for (long? position = 0; position is { } after;)
        {
            position = VisitPiece(after, visit);
        }
    }

    /// <summary>Visits the next <see cref="Piece"/> after a position; returns the position to go on from, or null at the end.</summary>
    public long? VisitPiece(long after, Action<OpenConversation> visit)
    {
        var visited = 0;
        lock (Gate)
        {
            foreach (var conversation in After(after))
            {
                if (visited++ == Piece)
                {
                    return after;
                }

                visit(conversation);
                after = conversation.Position;
            }
        }

        return null;
    }

    public OpenConversation Add(ConversationId id, OpenMessage message)
    {
        var conversation = Open(id);
        conversation.Messages.Add(message);
        return conversation;
    }

    /// <summary>Takes a message back among the open ones, at its place in the order of storing.</summary>
    public void Reopen(ConversationId id, OpenMessage message)
    {
        var messages = Open(id).Messages;
        var at = messages.FindIndex(other => other.Id > message.Id);
        messages.Insert(at < 0 ? messages.Count : at, message);
    }

    /// <summary>One shared instance per lane, so that an open message costs a few words only.</summary>
    public Lane Intern(string channel, string? address)
    {
        var lane = new Lane(channel, address);
        if (_lanes.TryGetValue(lane, out var known))
        {
            return known;
        }

        if (_lanes.Count < 10_000)
        {
            _lanes.Add(lane, lane);
        }

        return lane;
    }

    public void Begin(OpenConversation conversation, OpenBatch batch)
    {
        conversation.Batch = batch;
        _byBatch[batch.Id] = conversation;
    }

    /// <summary>The batch is finished: the conversation leaves when nothing else is open.</summary>
    public void End(OpenConversation conversation)
    {
        _byBatch.Remove(conversation.Batch!.Id);
        conversation.Batch = null;
        Leave(conversation);
    }

    /// <summary>Forgets a conversation that has nothing open any more.</summary>
    public void Leave(OpenConversation conversation)
    {
        if (!conversation.IsEmpty)
        {
            return;
        }

        _inOrder.Remove(conversation);
        var head = _byContact[conversation.Id.Contact];
        if (head == conversation)
        {
            if (conversation.SameContact is { } next)
            {
                _byContact[conversation.Id.Contact] = next;
            }
            else
            {
                _byContact.Remove(conversation.Id.Contact);
            }

            return;
        }

        while (head.SameContact != conversation)
        {
            head = head.SameContact!;
        }

        head.SameContact = conversation.SameContact;
    }

    /// <summary>Forgets everything of a contact, whatever is in flight: its ticket is no longer current.</summary>
    public void Erase(ConversationId id)
    {
        if (Find(id) is not { } conversation)
        {
            return;
        }

        conversation.Messages.Clear();
        if (conversation.Batch is not null)
        {
            End(conversation);
        }
        else
        {
            Leave(conversation);
        }
    }

    /// <summary>Reads everything from the tables, also what is running.</summary>
    public void Load(SqliteSession sql)
    {
        lock (Gate)
        {
            _byContact.Clear();
            _byBatch.Clear();
            _inOrder.Clear();
            OpenRows.Read(sql, this);
        }
    }

    private OpenConversation Open(ConversationId id)
    {
        if (Find(id) is { } found)
        {
            return found;
        }

        var conversation = new OpenConversation(id, ++_positions) { SameContact = _byContact.GetValueOrDefault(id.Contact) };
        _byContact[id.Contact] = conversation;
        _inOrder.Add(conversation);
        return conversation;
    }

    /// <summary>The conversation of a stored batch that is not finished.</summary>
    public void Restore(OpenBatch batch) => Begin(Open(batch.Conversation), batch);
}
