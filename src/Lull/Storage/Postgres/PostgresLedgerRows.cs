using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>The state machine's rows in the database: what it reads was looked at before, what it writes is gathered and sent in one round trip at the end.</summary>
internal sealed class PostgresLedgerRows(PostgresSession sql, LedgerLook look, ClaimTexts? texts, string node) : ILedgerRows
{
    private readonly FunctionCalls _calls = new();

    // What is rare is a statement of its own.
    private readonly List<NpgsqlBatchCommand> _writes = [];
    private OpenBatch? _saved;
    private DateTimeOffset? _endedAt;
    private SendIntent? _intent = look.Intent;
    private bool _isNew;

    public DateTimeOffset Now => look.Now;

    private long NowColumn => look.Now.ToColumn();

    public string? Silence(ConversationId id) => look.Silence;

    public bool IsPaused(string location) => look.IsPaused;

    public bool IsFaulted(string target) => look.Faults.Contains(target);

    public bool IsNameTaken(string name) => texts!.IsTaken(name);

    public bool IsRecordedElsewhere(OpenBatch batch, string externalId) => look.ExternalIdOf is { } other && other != batch.Id;

    public SendIntent? Intent(OpenBatch batch) => _intent;

    public long Insert(string name, ConversationId id, OpenBurst burst)
    {
        _isNew = true;
        return texts!.NextBatchId;
    }

    public void Begin(OpenConversation conversation, OpenBatch batch) => conversation.Batch = batch;

    public void End(OpenConversation conversation) => conversation.Batch = null;

    public void Save(OpenBatch batch, DateTimeOffset? endedAt = null) => (_saved, _endedAt) = (batch, endedAt);

    public void SaveReply(OpenBatch batch, Reply reply)
        => _calls.Add(
            "save_reply",
            batch.Id,
            WebhookRows.Storable(reply.Text),
            WebhookRows.Storable(reply.Model),
            reply.IsRehearsal,
            reply.Tokens.Input,
            reply.Tokens.Output);

    public void AssignMessages(OpenBatch batch)
        => _calls.Add("take_messages", batch.MessageIds.ToArray(), batch.Id);

    public void Step(OpenBatch batch, string name, string? detail = null)
        => _calls.Add("add_step", batch.Id, NowColumn, name, batch.Attempt, WebhookRows.Storable(detail));

    public void MergeProfiles(OpenBatch batch) => Merge(batch);

    public Batch Describe(OpenBatch batch) => new()
    {
        Ticket = batch.Ticket,
        Name = batch.Name,
        Conversation = batch.Conversation,
        Lane = batch.Lane,
        State = batch.State,
        FirstAt = batch.FirstAt,
        LastAt = batch.LastAt,
        DueAt = batch.DueAt,
        Messages = texts!.Of(batch),
        Profile = Merge(batch),
        Restarts = batch.Restarts,
        Failures = batch.Failures,
        RetryUntil = batch.RetryUntil,
        Reply = look.Reply,
        Intent = _intent,
    };

    public void SaveForce(OpenConversation conversation)
        => Write(
            "INSERT INTO lull.forces (location, contact, up_to) VALUES ($1, $2, $3) ON CONFLICT (location, contact) DO UPDATE SET up_to = excluded.up_to",
            conversation.Id.Location,
            conversation.Id.Contact,
            conversation.ForcedUpTo);

    public void ForgetForce(OpenConversation conversation)
        => Write("DELETE FROM lull.forces WHERE location = $1 AND contact = $2", conversation.Id.Location, conversation.Id.Contact);

    public void Raise(string cause, string text) => _writes.Add(AttentionRows.RaiseCommand(sql, cause, text, look.Now));

    public SendIntent Intend(OpenBatch batch)
    {
        _calls.Add("intend", batch.Id, "sending", batch.Conversation.Location, NowColumn);
        return new(look.Now, null, 0, null);
    }

    public void Recorded(OpenBatch batch)
    {
        _calls.Add("intend", batch.Id, "recorded", batch.Conversation.Location, NowColumn);
        _calls.Add("replied", batch.Conversation.Contact, batch.Conversation.Location, NowColumn);
    }

    public void Delivered(OpenBatch batch, string? externalId)
    {
        _calls.Add("delivered", batch.Id, externalId, NowColumn);
        _calls.Add("replied", batch.Conversation.Contact, batch.Conversation.Location, NowColumn);
    }

    public void NotSent(OpenBatch batch) => Write(DeliveryRows.NotSent, batch.Id, NowColumn);

    public void Unknown(OpenBatch batch, SendIntent intent)
    {
        _intent = intent;
        Write(DeliveryRows.Unknown, batch.Id, intent.EndedAt.ToColumn(), intent.NotThere, intent.UnreadableSince.ToColumn());
    }

    public void EndedUnanswered(OpenBatch batch, BatchState state)
        => Write(DeliveryRows.Ended, batch.Id, state is BatchState.Held ? "unknown" : "refused", NowColumn);

    /// <summary>Sends what was gathered.</summary>
    public async Task WriteAsync()
    {
        if (_saved is { } batch)
        {
            _calls.Add(_isNew ? "add_batch" : "save_batch", _isNew ? BatchWrites.New(batch, _endedAt, look.Now, node) : BatchWrites.Values(batch, _endedAt, look.Now, node));
        }

        await using var writes = sql.Batch();
        if (!_calls.IsEmpty)
        {
            writes.BatchCommands.Add(_calls.Command(sql));
        }

        foreach (var write in _writes)
        {
            writes.BatchCommands.Add(write);
        }

        if (writes.BatchCommands.Count > 0)
        {
            await writes.ExecuteNonQueryAsync(sql.Cancellation);
        }
    }

    private ContactProfile Merge(OpenBatch batch)
    {
        var merged = texts!.ProfilesOf(batch).Aggregate(texts.Profile, (profile, next) => profile.With(next));
        _calls.Add("save_contact", ContactRows.Values(batch.Conversation, merged, batch.FirstAt));
        return merged;
    }

    private void Write(string statement, params object?[] parameters) => _writes.Add(sql.BatchCommand(statement, parameters));
}
