using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <content>Silences, faults, and what the operator is told.</content>
internal sealed partial class SqliteMessageStore
{
    public Task PauseAsync(string? location, string reason, CancellationToken cancellationToken)
        => WriteAsync(context => SilenceStatements.Pause(context, location, reason), cancellationToken);

    public Task ResumeAsync(string? location, CancellationToken cancellationToken)
        => WriteAsync(context => SilenceStatements.Resume(context, location), cancellationToken);

    public ValueTask<IReadOnlyList<Pause>> PausesAsync(CancellationToken cancellationToken) => new(_mirror.Pauses);

    public Task SilenceAsync(ConversationId conversation, string reason, DateTimeOffset? until, CancellationToken cancellationToken)
        => WriteAsync(context => SilenceStatements.Add(context, conversation, reason, until), cancellationToken);

    public Task<bool> EndSilenceAsync(ConversationId conversation, string reason, CancellationToken cancellationToken)
        => WriteAsync(context => SilenceStatements.Remove(context, conversation, reason), cancellationToken);

    public Task<IReadOnlyList<Fault>> FaultsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Fault>>([.. _mirror.Faults.Values]);

    public Task SetFaultAsync(string target, string reason, DateTimeOffset? until, CancellationToken cancellationToken)
        => WriteAsync(
            context =>
            {
                var changed = context.Sql.Execute(
                    """
                    INSERT INTO faults (target, reason, since, until) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (target) DO UPDATE SET reason = excluded.reason, until = excluded.until
                    """,
                    target,
                    reason,
                    context.Now.ToColumn(),
                    until.ToColumn());
                context.Mirror.Load(context.Sql);
                return changed;
            },
            cancellationToken);

    public Task ClearFaultAsync(string target, CancellationToken cancellationToken)
        => WriteAsync(
            context =>
            {
                var cleared = context.Sql.Execute("DELETE FROM faults WHERE target = $1", target);
                context.Mirror.Load(context.Sql);
                return cleared;
            },
            cancellationToken);

    public Task RaiseAsync(string cause, string text, CancellationToken cancellationToken)
        => WriteAsync(context => AttentionStatements.Raise(context, cause, text), cancellationToken);

    public async Task<IReadOnlyList<AttentionItem>> AttentionAsync(CancellationToken cancellationToken) => await ReadAsync(AttentionStatements.Open, cancellationToken);

    public Task<bool> ClearAttentionAsync(long id, CancellationToken cancellationToken)
        => WriteAsync(context => AttentionStatements.Clear(context, id), cancellationToken);

    public async Task<IReadOnlyList<AttentionItem>> UntoldAsync(int limit, CancellationToken cancellationToken)
        => await ReadAsync(sql => AttentionStatements.Untold(sql, limit), cancellationToken);

    public Task ToldAsync(long id, CancellationToken cancellationToken) => WriteAsync(context => AttentionStatements.Told(context, id), cancellationToken);
}
