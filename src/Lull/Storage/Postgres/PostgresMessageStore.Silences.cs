namespace Lull.Storage.Postgres;

/// <content>Silences, faults, and what the operator is told.</content>
internal sealed partial class PostgresMessageStore
{
    public Task PauseAsync(string? location, string reason, CancellationToken cancellationToken)
        => ChangeAsync((sql, now) => SilenceRows.PauseAsync(sql, location, reason, now), cancellationToken);

    public Task ResumeAsync(string? location, CancellationToken cancellationToken)
        => ChangeAsync((sql, _) => SilenceRows.ResumeAsync(sql, location), cancellationToken);

    public async ValueTask<IReadOnlyList<Pause>> PausesAsync(CancellationToken cancellationToken) => (await _mirror.CurrentAsync(cancellationToken)).Pauses;

    public Task SilenceAsync(ConversationId conversation, string reason, DateTimeOffset? until, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => SilenceRows.AddAsync(sql, conversation, reason, until, now), cancellationToken);

    public Task<bool> EndSilenceAsync(ConversationId conversation, string reason, CancellationToken cancellationToken)
        => _database.WriteAsync(sql => SilenceRows.RemoveAsync(sql, conversation, reason), cancellationToken);

    public async Task<IReadOnlyList<Fault>> FaultsAsync(CancellationToken cancellationToken) => (await _mirror.CurrentAsync(cancellationToken)).Faults;

    public Task SetFaultAsync(string target, string reason, DateTimeOffset? until, CancellationToken cancellationToken)
        => ChangeAsync((sql, now) => FaultRows.SetAsync(sql, target, reason, until, now), cancellationToken);

    public Task ClearFaultAsync(string target, CancellationToken cancellationToken)
        => ChangeAsync((sql, _) => FaultRows.ClearAsync(sql, target), cancellationToken);

    public Task RaiseAsync(string cause, string text, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => AttentionRows.RaiseAsync(sql, cause, text, now), cancellationToken);

    public async Task<IReadOnlyList<AttentionItem>> AttentionAsync(CancellationToken cancellationToken)
        => await _database.ReadAsync(AttentionRows.OpenAsync, cancellationToken);

    public Task<bool> ClearAttentionAsync(long id, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => AttentionRows.ClearAsync(sql, id, now), cancellationToken);

    public async Task<IReadOnlyList<AttentionItem>> UntoldAsync(int limit, CancellationToken cancellationToken)
        => await _database.ReadAsync(sql => AttentionRows.UntoldAsync(sql, limit), cancellationToken);

    public Task ToldAsync(long id, CancellationToken cancellationToken)
        => WriteAsync((sql, now) => AttentionRows.ToldAsync(sql, id, now), cancellationToken);

    /// <summary>Changes what this node keeps a copy of.</summary>
    private async Task ChangeAsync(Func<PostgresSession, DateTimeOffset, Task<int>> change, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(change, cancellationToken);
        }
        finally
        {
            _mirror.Forget();
        }
    }
}
