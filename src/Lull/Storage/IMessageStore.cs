namespace Lull.Storage;

/// <summary>
/// The only durable truth. Every step that must happen once is a conditional write here; the rest of Lull makes it fast, this makes it correct.
/// Every method throws <see cref="StoreUnavailableException"/> when the store cannot commit or be read now; then nothing has changed.
/// All instants are the store's own clock.
/// </summary>
internal interface IMessageStore : IInbox, IBurstLedger, ISilences, IJournal, IOperatorRecords, IFaults, IAttention, IAudit
{
    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    string Kind { get; }

    /// <summary>True when other processes may have the same store open: what they do must be asked for.</summary>
    bool IsShared { get; }

    /// <summary>The store's clock: UTC, never behind the newest stored row, untouched by jumps of the machine's clock.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Opens the store, brings its tables up to date and takes up what a dead process left behind. Called once, before anything else.</summary>
    /// <exception cref="StoreInUseException">Another process holds it and did not let go in time.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Commits a harmless write; throws when the store cannot take webhooks now (locked, disk full).</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Receiving's door: one durable append per webhook.</summary>
internal interface IInbox
{
    /// <summary>
    /// Stores the webhook and, if it is a message that is no duplicate, makes it part of the contact's open burst. Returns only once that is committed to disk.
    /// Racing copies of one message give one <see cref="WebhookOutcome.Batched"/>; all others are duplicates with its id.
    /// A cancelled or timed-out call that was not yet being committed stores nothing.
    /// </summary>
    ValueTask<Receipt> AppendAsync(WebhookArrival arrival, CancellationToken cancellationToken);

    /// <summary>Stores <paramref name="arrival"/> and takes it back in one go: proves the path to the disk, leaves nothing behind.</summary>
    Task ProveRoundTripAsync(WebhookArrival arrival, CancellationToken cancellationToken);

    /// <summary>
    /// Interprets a stored webhook again: <paramref name="arrival"/> takes the place of what was understood at first, under the same id.
    /// </summary>
    /// <returns>The new receipt, or null when the message is answered, open or in flight: then nothing has changed.</returns>
    Task<Receipt?> ReplayAsync(MessageId id, WebhookArrival arrival, CancellationToken cancellationToken);
}

/// <summary>The store cannot commit or be read now. Nothing has changed; the same call may succeed later.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process holds the store. The message says which and what to do.</summary>
internal sealed class StoreInUseException(string message) : Exception(message);
