namespace Lull.Bench.Servers;

/// <summary>A server that takes and acknowledges webhooks, with every process that it needs.</summary>
internal interface ILoadedServer : IAsyncDisposable
{
    string Name { get; }

    Uri Address { get; }

    /// <summary>Where its webhooks go by turns.</summary>
    IReadOnlyList<Uri> Addresses => [Address];

    ProcessUsage Usage { get; }

    /// <summary>How many of these webhooks its store shows once they are all acknowledged; null if it stores nothing.</summary>
    Task<StoredCount?> CountAsync(WebhookIds sent, CancellationToken cancellationToken);
}

/// <summary>What the store holds beside what it must hold.</summary>
/// <param name="What">The word for what is counted.</param>
internal sealed record StoredCount(long Found, long Expected, string What);
