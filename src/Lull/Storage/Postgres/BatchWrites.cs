using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Writes a batch. While a step is being taken it has a lease, which every write of its holder begins anew; what is given back or ended has none.</summary>
internal static class BatchWrites
{
    /// <summary>How long a holder that gives no sign keeps a batch, by the database's clock.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>
    /// What the fence leaves for a send, which is not renewed: 3 s in which it must begin, and 12 s for itself. Whoever takes over waits for a grace on top (<see cref="OpenConversation.SendGrace"/>),
    /// and all of it must be over within 30 s of the holder's death.
    /// </summary>
    public static readonly TimeSpan SendLease = TimeSpan.FromSeconds(15);

    private const string InsertBatch = """
        INSERT INTO lull.batches (id, state, attempt, restarts, failures, lost, first_at, last_at, due_at, retry_at, retry_until, fault, reason, message_ids, lease_until,
                                  owner, just_written, force_used, ended_at, name, conversation, location, contact, channel, address)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
        """;

    private const string UpdateBatch = """
        UPDATE lull.batches SET state = $2, attempt = $3, restarts = $4, failures = $5, lost = $6, first_at = $7, last_at = $8, due_at = $9, retry_at = $10,
               retry_until = $11, fault = $12, reason = $13, message_ids = $14, lease_until = $15, owner = $16, just_written = $17, force_used = $18, ended_at = $19
        WHERE id = $1
        """;

    public static NpgsqlBatchCommand Insert(PostgresSession sql, OpenBatch batch, DateTimeOffset? endedAt, DateTimeOffset now, string node)
        => sql.BatchCommand(
            InsertBatch,
            [
                .. Values(batch, endedAt, now, node), batch.Name, batch.Conversation.Hash, batch.Conversation.Location, batch.Conversation.Contact, batch.Lane.Channel,
                batch.Lane.Address,
            ]);

    public static NpgsqlBatchCommand Update(PostgresSession sql, OpenBatch batch, DateTimeOffset? endedAt, DateTimeOffset now, string node)
        => sql.BatchCommand(UpdateBatch, Values(batch, endedAt, now, node));

    private static object?[] Values(OpenBatch batch, DateTimeOffset? endedAt, DateTimeOffset now, string node) =>
    [
        batch.Id,
        (short)batch.State,
        batch.Attempt,
        batch.Restarts,
        batch.Failures,
        batch.Lost,
        batch.FirstAt.ToColumn(),
        batch.LastAt.ToColumn(),
        batch.DueAt.ToColumn(),
        batch.RetryAt.ToColumn(),
        batch.RetryUntil.ToColumn(),
        batch.Fault,
        WebhookRows.Storable(batch.Reason),
        batch.MessageIds.ToArray(),
        batch.IsRunning ? (now + (batch.State is BatchState.Sending ? SendLease : Lease)).ToColumn() : 0L,
        batch.IsRunning ? node : null,
        batch.IsJustWritten,
        batch.IsForceUsed,
        endedAt.ToColumn(),
    ];
}
