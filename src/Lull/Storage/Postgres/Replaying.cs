using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>What an operator gives back, drops or has interpreted again: looked up, then locked, then looked at again.</summary>
internal static class Replaying
{
    public static async Task<ConversationId?> ReopenAsync(PostgresSession sql, PostgresLedger ledger, string name, BatchState from, DateTimeOffset now)
    {
        if (await LockAsync(sql, name) is not { } batch)
        {
            return null;
        }

        if (batch.State == from)
        {
            await ReopenRows.ReopenAsync(sql, batch, now);
            return batch.Conversation;
        }

        // A batch that waits for a fault to be mended is held too: releasing it is a force.
        return from is BatchState.Held && await ledger.OnAsync(
            sql, batch.Conversation, (rows, conversation) => IsWaiting(conversation, batch) && Forcing.Force(rows, conversation) is not null)
            ? batch.Conversation
            : null;
    }

    public static async Task<ConversationId?> DropAsync(PostgresSession sql, PostgresLedger ledger, string name, DateTimeOffset now)
    {
        if (await LockAsync(sql, name) is not { } batch)
        {
            return null;
        }

        if (batch.State is BatchState.Held)
        {
            await ReopenRows.DropAsync(sql, batch, now);
            return batch.Conversation;
        }

        return await ledger.OnAsync(sql, batch.Conversation, (rows, conversation) => IsWaiting(conversation, batch) && End(rows, conversation!)) ? batch.Conversation : null;
    }

    /// <summary>Interprets a stored webhook again under its id; null when its message is answered, open or in flight.</summary>
    public static async Task<Receipt?> ReplayAsync(PostgresSession sql, KeyedHash hash, MessageId id, WebhookArrival arrival, DateTimeOffset now)
    {
        if (await ReopenRows.FindMessageAsync(sql, id) is not { } found)
        {
            return null;
        }

        long[] hashes = [.. ((ConversationId?[])[found.Conversation, arrival.Conversation]).Select(conversation => conversation?.Hash ?? id.Value).Distinct().Order()];
        foreach (var held in hashes)
        {
            await sql.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", held);
        }

        return await ReopenRows.FindMessageAsync(sql, id) switch
        {
            null => null,
            { Outcome: WebhookOutcome.Duplicate, DuplicateOf: { } first } => await ReplayAsync(sql, hash, first, arrival, now),
            { Outcome: WebhookOutcome.Batched, Batch: null } => null,
            { Outcome: WebhookOutcome.Batched, Batch: { } batch } => await ReplayMessageAsync(sql, id, batch, now),
            _ => await ReinterpretAsync(sql, hash, id, arrival, now),
        };
    }

    private static async Task<Receipt?> ReplayMessageAsync(PostgresSession sql, MessageId id, long batchId, DateTimeOffset now)
    {
        var batch = await ReopenRows.FindAsync(sql, batchId);
        if (batch is null || batch.State is < BatchState.Answered or BatchState.Answered)
        {
            return null;
        }

        await ReopenRows.GiveBackAsync(sql, batch, [id.Value], now);
        return new(WebhookOutcome.Batched, id, null);
    }

    private static async Task<Receipt?> ReinterpretAsync(PostgresSession sql, KeyedHash hash, MessageId id, WebhookArrival arrival, DateTimeOffset now)
    {
        var hashes = hash.Of(arrival.DuplicateKeys);
        foreach (var (i, key) in arrival.DuplicateKeys.Index())
        {
            if (await SeenRows.FindAsync(sql, hashes[i], now, key.Window) is { } first && first != id
                && !(key.EndsWithReply && arrival.Conversation is { } conversation && await ContactRows.HasRepliedSinceAsync(sql, conversation, first.StoredAt)))
            {
                return new(WebhookOutcome.Duplicate, first, null);
            }
        }

        await ReopenRows.ReinterpretAsync(sql, id, arrival, now);
        await SeenRows.RememberAsync(sql, hashes, id, now);
        return new(arrival.Outcome, id, arrival.Reason);
    }

    private static async Task<NamedBatch?> LockAsync(PostgresSession sql, string name)
    {
        if (await ReopenRows.FindAsync(sql, name) is not { } batch)
        {
            return null;
        }

        await sql.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", batch.Conversation.Hash);
        return await ReopenRows.FindAsync(sql, name);
    }

    private static bool IsWaiting(OpenConversation? conversation, NamedBatch batch)
        => conversation?.Batch is { IsRunning: false, State: BatchState.Released or BatchState.Replied } waiting && waiting.Id == batch.Id;

    private static bool End(ILedgerRows rows, OpenConversation conversation)
    {
        BatchSteps.End(rows, conversation, BatchState.Suppressed, "dropped by the operator");
        return true;
    }
}
