using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <content>Receiving's door and the state machine.</content>
internal sealed partial class PostgresMessageStore
{
    public ValueTask<Receipt> AppendAsync(WebhookArrival arrival, CancellationToken cancellationToken) => Inbox.AppendAsync(arrival, cancellationToken);

    public Task ProveRoundTripAsync(WebhookArrival arrival, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => RoundTrip.ProveAsync(sql, arrival, now), cancellationToken);

    public Task<Receipt?> ReplayAsync(MessageId id, WebhookArrival arrival, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => Replaying.ReplayAsync(sql, Hash, id, arrival, now), cancellationToken);

    public async ValueTask<NextStep?> NextStepAsync(ConversationId conversation, BurstWindow window, CancellationToken cancellationToken)
        => (await _database.OnceAsync(sql => OpenConversationRows.FindAsync(sql, conversation, Now), cancellationToken))?.Next(window);

    public IAsyncEnumerable<DueStep> OpenStepsAsync(BurstWindow window, DateTimeOffset? dueBefore, CancellationToken cancellationToken)
        => _openSteps.StepsAsync(window, dueBefore, dueBefore ?? DateTimeOffset.MaxValue, cancellationToken);

    public Task<ClaimResult> ClaimAsync(ConversationId conversation, BurstWindow window, TimeSpan staleAfter, CancellationToken cancellationToken)
        => _ledger.ClaimAsync(conversation, window, staleAfter, cancellationToken);

    public async ValueTask<bool> HasNewerAsync(BatchTicket ticket, BurstWindow window, CancellationToken cancellationToken)
        => (await WithNewerAsync([ticket], window, cancellationToken)).Count > 0;

    public async Task<IReadOnlyList<BatchTicket>> WithNewerAsync(IReadOnlyList<BatchTicket> running, BurstWindow window, CancellationToken cancellationToken)
        => running.Count == 0 ? [] : await _database.OnceAsync(sql => LeaseRows.WithNewerAsync(sql, running, window, Now), cancellationToken);

    public async Task<IReadOnlyList<BatchTicket>> RenewAsync(IReadOnlyList<BatchTicket> held, CancellationToken cancellationToken)
        => held.Count == 0 ? [] : await WriteAsync((sql, now) => LeaseRows.RenewAsync(sql, held, now), cancellationToken);

    public Task<bool> BeginReplyAsync(BatchTicket ticket, CancellationToken cancellationToken)
        => _ledger.StepAsync(ticket, (rows, conversation) => BatchSteps.BeginReply(rows, conversation, ticket), cancellationToken);

    public Task<bool> SaveReplyAsync(BatchTicket ticket, Reply reply, CancellationToken cancellationToken)
        => _ledger.StepAsync(ticket, (rows, conversation) => BatchSteps.SaveReply(rows, conversation, ticket, reply), cancellationToken);

    public Task<bool> ReleaseAsync(BatchTicket ticket, Release release, CancellationToken cancellationToken)
        => _ledger.StepAsync(ticket, (rows, conversation) => BatchSteps.ReleaseBatch(rows, conversation, ticket, release), cancellationToken);

    public Task<FenceResult> FenceAsync(BatchTicket ticket, BurstWindow window, bool record, CancellationToken cancellationToken)
        => _ledger.StepAsync(ticket, (rows, conversation) => BatchSteps.Fence(rows, conversation, ticket, window, record), cancellationToken);

    public Task<bool> DeliveredAsync(BatchTicket ticket, string? externalId, CancellationToken cancellationToken)
        => _ledger.StepAsync(ticket, (rows, conversation) => BatchSteps.Delivered(rows, conversation, ticket, externalId), cancellationToken, externalId);

    public Task<bool> NotSentAsync(BatchTicket ticket, string reason, DateTimeOffset retryAt, DateTimeOffset? retryUntil, CancellationToken cancellationToken)
        => _ledger.StepAsync(ticket, (rows, conversation) => BatchSteps.NotSent(rows, conversation, ticket, reason, retryAt, retryUntil), cancellationToken);

    public Task<bool> UnknownAsync(BatchTicket ticket, SendIntent intent, string reason, DateTimeOffset lookAt, CancellationToken cancellationToken)
        => _ledger.StepAsync(ticket, (rows, conversation) => BatchSteps.Unknown(rows, conversation, ticket, intent, reason, lookAt), cancellationToken);

    public Task<bool> EndAsync(BatchTicket ticket, BatchState state, string reason, CancellationToken cancellationToken)
        => _ledger.StepAsync(ticket, (rows, conversation) => BatchSteps.End(rows, conversation, ticket, state, reason), cancellationToken);

    public Task<ForcedBurst?> ForceAsync(ConversationId conversation, CancellationToken cancellationToken) => _ledger.ForceAsync(conversation, cancellationToken);

    public async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(BatchTicket before, ConversationId conversation, int limit, CancellationToken cancellationToken)
        => limit == 0 ? [] : await _database.OnceAsync(sql => ConversationRows.HistoryAsync(sql, before, conversation, limit), cancellationToken);

    public Task<long> SpendTokensAsync(TokenUse tokens, bool wasted, CancellationToken cancellationToken)
        => _database.OnceAsync(sql => TokenRows.SpendAsync(sql, tokens, wasted, _clock.Told), cancellationToken);
}
