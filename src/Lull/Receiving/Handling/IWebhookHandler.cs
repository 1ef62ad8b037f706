namespace Lull.Receiving.Handling;

/// <summary>
/// Somebody's own business logic on webhooks. Fed from the journal after the acknowledgement, at least once for each webhook and in the order of storing:
/// it can delay no sender, survives restarts, and may see a webhook twice after a crash.
/// </summary>
internal interface IWebhookHandler
{
    /// <summary>Stable and unique: how far the handler has come is remembered under it. A new name starts with the webhooks that come from now on.</summary>
    string Name { get; }

    /// <summary>The types it wants, as <c>type</c> names them; empty = every webhook. Naming a type makes it a known one.</summary>
    IReadOnlyCollection<string> Types { get; }

    /// <summary>
    /// Handles one webhook within 30 seconds. What it throws is retried a few times and then noted in the journal; duplicates and rejected webhooks are left out.
    /// </summary>
    Task HandleAsync(ReceivedWebhook webhook, CancellationToken cancellationToken);
}
