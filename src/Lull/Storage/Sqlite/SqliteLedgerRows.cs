using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>The state machine's rows in the file: each statement runs at once, inside the writer's transaction.</summary>
internal sealed class SqliteLedgerRows(WriteContext context) : ILedgerRows
{
    public DateTimeOffset Now => context.Now;

    public string? Silence(ConversationId id) => SilenceStatements.Reason(context, id);

    public bool IsPaused(string location) => context.Mirror.IsPaused(location);

    public bool IsFaulted(string target) => context.Mirror.Faults.ContainsKey(target);

    public bool IsNameTaken(string name) => BatchRows.IsNameTaken(context.Sql, name);

    public bool IsRecordedElsewhere(OpenBatch batch, string externalId)
        => DeliveryStatements.IsTaken(context.Sql, batch.Conversation.Location, externalId, batch.Id);

    public SendIntent? Intent(OpenBatch batch) => BatchRows.Intent(context.Sql, batch.Id);

    public long Insert(string name, ConversationId id, OpenBurst burst) => BatchRows.Insert(context, name, id, burst);

    public void Begin(OpenConversation conversation, OpenBatch batch) => context.Open.Begin(conversation, batch);

    public void End(OpenConversation conversation) => context.Open.End(conversation);

    public void Save(OpenBatch batch, DateTimeOffset? endedAt = null) => BatchRows.Save(context, batch, endedAt);

    public void SaveReply(OpenBatch batch, Reply reply)
        => context.Sql.Execute(
            "UPDATE batches SET reply = $2, model = $3, rehearsal = $4, tokens_in = $5, tokens_out = $6 WHERE id = $1",
            batch.Id,
            reply.Text,
            reply.Model,
            reply.IsRehearsal ? 1L : 0L,
            reply.Tokens.Input,
            reply.Tokens.Output);

    public void AssignMessages(OpenBatch batch) => BatchRows.AssignMessages(context, batch.Id, batch.MessageIds);

    public void Step(OpenBatch batch, string name, string? detail = null) => context.Step(batch, name, detail);

    public void MergeProfiles(OpenBatch batch) => BatchRows.MergeProfiles(context, batch);

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
        Messages = BatchRows.Messages(context.Sql, batch.MessageIds),
        Profile = BatchRows.MergeProfiles(context, batch),
        Restarts = batch.Restarts,
        Failures = batch.Failures,
        RetryUntil = batch.RetryUntil,
        Reply = BatchRows.Reply(context.Sql, batch.Id),
        Intent = BatchRows.Intent(context.Sql, batch.Id),
    };

    public void SaveForce(OpenConversation conversation)
        => context.Sql.Execute(
            "INSERT INTO forces (location, contact, up_to) VALUES ($1, $2, $3) ON CONFLICT (location, contact) DO UPDATE SET up_to = excluded.up_to",
            conversation.Id.Location,
            conversation.Id.Contact,
            conversation.ForcedUpTo);

    public void ForgetForce(OpenConversation conversation)
        => context.Sql.Execute("DELETE FROM forces WHERE location = $1 AND contact = $2", conversation.Id.Location, conversation.Id.Contact);

    public void Raise(string cause, string text) => AttentionStatements.Raise(context, cause, text);

    public SendIntent Intend(OpenBatch batch) => DeliveryStatements.Intend(context, batch);

    public void Recorded(OpenBatch batch) => DeliveryStatements.Recorded(context, batch);

    public void Delivered(OpenBatch batch, string? externalId) => DeliveryStatements.Delivered(context, batch, externalId);

    public void NotSent(OpenBatch batch) => DeliveryStatements.NotSent(context, batch);

    public void Unknown(OpenBatch batch, SendIntent intent) => DeliveryStatements.Unknown(context, batch, intent);

    public void EndedUnanswered(OpenBatch batch, BatchState state) => DeliveryStatements.Ended(context, batch, state);
}
