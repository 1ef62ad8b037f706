using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>
/// A step of the state machine as one short transaction: lock the conversation and look at it, decide in memory by the rules both stores share, write it all.
/// </summary>
/// <param name="node">Who holds what this process claims; for the operator's eyes, the attempt is what counts.</param>
internal sealed class PostgresLedger(PostgresDatabase database, PostgresClock clock, string node)
{
    // A name or a vendor's id that another conversation took at the same moment; a deadlock: the next look sees it.
    private const int MaxTries = 5;

    public Task<ClaimResult> ClaimAsync(ConversationId id, BurstWindow window, TimeSpan staleAfter, CancellationToken cancellationToken)
        => RunAsync(
            new(id, null),
            (sql, look) => look.Conversation?.Next(window) is { } next && next.DueAt <= look.Now ? ClaimTexts.ReadAsync(sql, look.Conversation, window) : null,
            (rows, conversation) => Claiming.Claim(rows, conversation, window, staleAfter),
            cancellationToken);

    public Task<ForcedBurst?> ForceAsync(ConversationId id, CancellationToken cancellationToken)
        => RunAsync(
            new(id, null),
            (sql, look) => look.Conversation is null ? null : ClaimTexts.NamesAsync(sql, look.Conversation),
            Forcing.Force,
            cancellationToken);

    /// <summary>A step of a ticket's holder.</summary>
    /// <param name="externalId">The vendor's id that the step is about to record.</param>
    public Task<T> StepAsync<T>(BatchTicket ticket, Func<ILedgerRows, OpenConversation?, T> step, CancellationToken cancellationToken, string? externalId = null)
        => RunAsync(new(null, ticket, externalId), null, step, cancellationToken);

    /// <summary>Something else that is done to a conversation by the rules.</summary>
    public Task<T> OnAsync<T>(ConversationId id, Func<ILedgerRows, OpenConversation?, T> step, CancellationToken cancellationToken)
        => RunAsync(new(id, null), null, step, cancellationToken);

    /// <summary>The same inside a transaction that does more.</summary>
    public async Task<T> OnAsync<T>(PostgresSession sql, ConversationId id, Func<ILedgerRows, OpenConversation?, T> step)
        => await OnceAsync(sql, new(id, null), null, step);

    private async Task<T> RunAsync<T>(
        LedgerKey key, Func<PostgresSession, LedgerLook, Task<ClaimTexts>?>? read, Func<ILedgerRows, OpenConversation?, T> step, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await database.WriteAsync(sql => OnceAsync(sql, key, read, step), cancellationToken);
            }
            catch (Exception exception) when (tries < MaxTries && PostgresTrouble.IsRace(exception))
            {
                // Nothing was changed.
            }
        }
    }

    private async Task<T> OnceAsync<T>(
        PostgresSession sql, LedgerKey key, Func<PostgresSession, LedgerLook, Task<ClaimTexts>?>? read, Func<ILedgerRows, OpenConversation?, T> step)
    {
        var look = await LedgerLook.LookAsync(sql, clock, key);
        var texts = read?.Invoke(sql, look) is { } reading ? await reading : null;
        var rows = new PostgresLedgerRows(sql, look, texts, node);
        var result = step(rows, look.Conversation);
        await rows.WriteAsync();
        return result;
    }
}
