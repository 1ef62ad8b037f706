namespace Lull.Storage;

/// <summary>What stops replies: everything at once, one location, or one contact. In force at the next fence, on every node within a second.</summary>
internal interface ISilences
{
    /// <summary>Stops all sending, or one location's. Work is kept.</summary>
    Task PauseAsync(string? location, string reason, CancellationToken cancellationToken);

    /// <summary>Lets sending go on. Resuming everything leaves a location's own pause in force.</summary>
    Task ResumeAsync(string? location, CancellationToken cancellationToken);

    /// <summary>The pauses in force; a null location means everything.</summary>
    ValueTask<IReadOnlyList<Pause>> PausesAsync(CancellationToken cancellationToken);

    /// <summary>Silences one contact; what is open or in flight before a send is suppressed when it is due. <paramref name="until"/> null = until resumed.</summary>
    Task SilenceAsync(ConversationId conversation, string reason, DateTimeOffset? until, CancellationToken cancellationToken);

    /// <summary>Ends a contact's silences of this reason; the next message is answered, nothing in arrears.</summary>
    /// <returns>False when there was none.</returns>
    Task<bool> EndSilenceAsync(ConversationId conversation, string reason, CancellationToken cancellationToken);
}

internal sealed record Pause(string? Location, string Reason, DateTimeOffset Since);

/// <summary>One reason to be silent towards a contact.</summary>
internal sealed record Silence(string Reason, DateTimeOffset Since, DateTimeOffset? Until);
