using System.Runtime.CompilerServices;
using Lull.Receiving.Handling;

namespace Lull.Receiving;

/// <summary>Receiving's way to the store: waits a little for a store that is busy, and lets handlers know.</summary>
internal sealed partial class WebhookStorage(IInbox inbox, JournalPulse pulse, WebhookMetrics metrics, TimeProvider time, ILogger<WebhookStorage> logger)
{
    /// <summary>How long a request waits for the store before the sender is told to come back.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan PatienceWithRejected = TimeSpan.FromSeconds(1);

    private const int MaxRejectedBody = 4096;

    private readonly Patience _patience = new(MaxWait, time);

    /// <summary>The receipt, once it is committed.</summary>
    /// <exception cref="StoreUnavailableException">It is not committed.</exception>
    /// <exception cref="OperationCanceledException">The sender hung up before it was being committed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Receipt> AppendAsync(WebhookArrival arrival, CancellationToken aborted)
    {
        using var deadline = _patience.Begin(aborted);
        try
        {
            var receipt = await inbox.AppendAsync(arrival, deadline.Token);
            metrics.Received(receipt.Outcome);
            pulse.Ring();
            Log.Decided(logger, receipt.Id, arrival.Dialect, arrival.Type ?? "no type", arrival.Conversation, OutcomeNames.Of(receipt.Outcome), receipt.Reason ?? "");
            return receipt;
        }
        catch (OperationCanceledException exception) when (!aborted.IsCancellationRequested)
        {
            throw new StoreUnavailableException($"The store did not commit within {MaxWait.TotalSeconds:0} seconds.", exception);
        }
    }

    /// <summary>Keeps what could not be understood, as well as that goes: its sender gets the 400 anyway.</summary>
    public async Task KeepRejectedAsync(WebhookArrival arrival)
    {
        metrics.Received(WebhookOutcome.Rejected);
        using var patience = new CancellationTokenSource(PatienceWithRejected, time);
        try
        {
            var kept = arrival with { Body = arrival.Body.Length > MaxRejectedBody ? arrival.Body[..MaxRejectedBody].ToArray() : arrival.Body };
            var receipt = await inbox.AppendAsync(kept, patience.Token);
            Log.Rejected(logger, receipt.Id, arrival.Dialect, arrival.Error);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException)
        {
            Log.NotKept(logger, exception, arrival.Error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(103, LogLevel.Debug, "Webhook {Id} ({Dialect}, {Type}) of {Conversation}: {Outcome} {Reason}")]
        public static partial void Decided(ILogger logger, MessageId id, string dialect, string type, ConversationId? conversation, string outcome, string reason);

        [LoggerMessage(104, LogLevel.Debug, "Webhook {Id} ({Dialect}) was rejected: {Error}")]
        public static partial void Rejected(ILogger logger, MessageId id, string dialect, string? error);

        [LoggerMessage(105, LogLevel.Warning, "A rejected webhook could not be kept in the journal; it was: {Error}")]
        public static partial void NotKept(ILogger logger, Exception exception, string? error);
    }
}
