using Lull.Storage.Ledger;

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

    /// <summary>The parameters of <c>lull.add_batch</c>.</summary>
    public static object?[] New(OpenBatch batch, DateTimeOffset? endedAt, DateTimeOffset now, string node) =>
    [
        .. Values(batch, endedAt, now, node), batch.Name, batch.Conversation.Hash, batch.Conversation.Location, batch.Conversation.Contact, batch.Lane.Channel,
        batch.Lane.Address,
    ];

    /// <summary>The parameters of <c>lull.save_batch</c>.</summary>
    public static object?[] Values(OpenBatch batch, DateTimeOffset? endedAt, DateTimeOffset now, string node) =>
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
