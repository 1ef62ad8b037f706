using System.Runtime.CompilerServices;
using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <content>Receiving's door and the state machine.</content>
internal sealed partial class SqliteMessageStore
{
    public ValueTask<Receipt> AppendAsync(WebhookArrival arrival, CancellationToken cancellationToken)
        => Writer.AppendAsync(arrival, cancellationToken);

    public async Task ProveRoundTripAsync(WebhookArrival arrival, CancellationToken cancellationToken)
    {
        if (!await WriteAsync(context => AppendStatements.Prove(context, arrival), cancellationToken, needsRoom: true))
        {
            throw new StoreUnavailableException("What was written could not be read back.");
        }
    }

    public Task<Receipt?> ReplayAsync(MessageId id, WebhookArrival arrival, CancellationToken cancellationToken)
        => WriteAsync(context => ReopenStatements.Replay(context, id, arrival), cancellationToken, needsRoom: true);

    public ValueTask<NextStep?> NextStepAsync(ConversationId conversation, BurstWindow window, CancellationToken cancellationToken)
    {
        lock (_open.Gate)
        {
            return new(_open.Find(conversation)?.Next(window));
        }
    }

    public async IAsyncEnumerable<DueStep> OpenStepsAsync(
        BurstWindow window, DateTimeOffset? dueBefore, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        List<DueStep> steps = new(OpenSet.Piece);
        for (long? position = 0; position is { } after;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            steps.Clear();
            position = _open.VisitPiece(after, conversation =>
            {
                if (conversation.Next(window) is { } step && !(step.DueAt >= dueBefore))
                {
                    steps.Add(new(conversation.Id, step));
                }
            });
            foreach (var step in steps)
            {
                yield return step;
            }
        }
    }

    public Task<ClaimResult> ClaimAsync(ConversationId conversation, BurstWindow window, TimeSpan staleAfter, CancellationToken cancellationToken)
        => WriteAsync(context => LedgerOperations.Claim(context, conversation, window, staleAfter), cancellationToken);

    public ValueTask<bool> HasNewerAsync(BatchTicket ticket, BurstWindow window, CancellationToken cancellationToken)
    {
        lock (_open.Gate)
        {
            return new(_open.TryFind(ticket, out var conversation) && BatchSteps.HasNewer(conversation, conversation.Batch!, window, Now));
        }
    }

    public Task<IReadOnlyList<BatchTicket>> WithNewerAsync(IReadOnlyList<BatchTicket> running, BurstWindow window, CancellationToken cancellationToken)
    {
        lock (_open.Gate)
        {
            var now = Now;
            return Task.FromResult<IReadOnlyList<BatchTicket>>(
                [.. running.Where(ticket => _open.TryFind(ticket, out var conversation) && BatchSteps.HasNewer(conversation, conversation.Batch!, window, now))]);
        }
    }

    public Task<IReadOnlyList<BatchTicket>> RenewAsync(IReadOnlyList<BatchTicket> held, CancellationToken cancellationToken)
    {
        lock (_open.Gate)
        {
            return Task.FromResult<IReadOnlyList<BatchTicket>>([.. held.Where(ticket => _open.TryFind(ticket, out var conversation) && conversation.Batch!.IsRunning)]);
        }
    }

    public Task<bool> BeginReplyAsync(BatchTicket ticket, CancellationToken cancellationToken)
        => WriteAsync(context => BatchSteps.BeginReply(context.Rows, context.Open.Of(ticket), ticket), cancellationToken);

    public Task<bool> SaveReplyAsync(BatchTicket ticket, Reply reply, CancellationToken cancellationToken)
        => WriteAsync(context => BatchSteps.SaveReply(context.Rows, context.Open.Of(ticket), ticket, reply), cancellationToken);

    public Task<bool> ReleaseAsync(BatchTicket ticket, Release release, CancellationToken cancellationToken)
        => WriteAsync(context => BatchSteps.ReleaseBatch(context.Rows, context.Open.Of(ticket), ticket, release), cancellationToken);

    public Task<FenceResult> FenceAsync(BatchTicket ticket, BurstWindow window, bool record, CancellationToken cancellationToken)
        => WriteAsync(context => BatchSteps.Fence(context.Rows, context.Open.Of(ticket), ticket, window, record), cancellationToken);

    public Task<bool> DeliveredAsync(BatchTicket ticket, string? externalId, CancellationToken cancellationToken)
        => WriteAsync(context => BatchSteps.Delivered(context.Rows, context.Open.Of(ticket), ticket, externalId), cancellationToken);

    public Task<bool> NotSentAsync(BatchTicket ticket, string reason, DateTimeOffset retryAt, DateTimeOffset? retryUntil, CancellationToken cancellationToken)
        => WriteAsync(context => BatchSteps.NotSent(context.Rows, context.Open.Of(ticket), ticket, reason, retryAt, retryUntil), cancellationToken);

    public Task<bool> UnknownAsync(BatchTicket ticket, SendIntent intent, string reason, DateTimeOffset lookAt, CancellationToken cancellationToken)
        => WriteAsync(context => BatchSteps.Unknown(context.Rows, context.Open.Of(ticket), ticket, intent, reason, lookAt), cancellationToken);

    public Task<bool> EndAsync(BatchTicket ticket, BatchState state, string reason, CancellationToken cancellationToken)
        => WriteAsync(context => BatchSteps.End(context.Rows, context.Open.Of(ticket), ticket, state, reason), cancellationToken);

    public Task<ForcedBurst?> ForceAsync(ConversationId conversation, CancellationToken cancellationToken)
        => WriteAsync(context => LedgerOperations.Force(context, conversation), cancellationToken);

    public async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(BatchTicket before, ConversationId conversation, int limit, CancellationToken cancellationToken)
        => limit == 0 ? [] : await ReadAsync(sql => ConversationReads.History(sql, before.Batch, conversation, limit), cancellationToken);

    public Task<long> SpendTokensAsync(TokenUse tokens, bool wasted, CancellationToken cancellationToken)
        => WriteAsync(context => TokenStatements.Spend(context, tokens, wasted), cancellationToken);
}
