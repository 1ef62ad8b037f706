using System.Threading.Channels;

namespace Lull.Receiving.Handling;

/// <summary>Feeds one handler from the journal, in order, each webhook at least once; knows after a restart how far it had come.</summary>
internal sealed partial class HandlerFeed(IWebhookHandler handler, IJournal journal, JournalPulse pulse, TimeProvider time, ILogger<HandlerFeed> logger)
{
    /// <summary>How long one call may take before it counts as failed.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How often the journal is looked at although nobody rang: other nodes store too.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(15);

    /// <summary>The waits after failures. After one failure more the webhook is given up.</summary>
    public static readonly IReadOnlyList<TimeSpan> Backoff = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(16)];

    private const int PageSize = 100;

    /// <summary>A place before every webhook that can tell "has started" from "is new" while the journal is empty.</summary>
    private static readonly MessageId Beginning = new(1);

    private readonly ChannelReader<bool> _bell = pulse.Follow();
    private MessageId? _cursor;

    /// <summary>Takes up the place where it was, or for a new name the journal's end.</summary>
    public async Task FindPlaceAsync(CancellationToken cancellationToken)
    {
        var cursor = await journal.CursorAsync(handler.Name, cancellationToken);
        if (cursor == default)
        {
            var latest = await journal.JournalAsync(new(After: null, Outcome: null, Contact: null, Limit: 1), cancellationToken);
            cursor = latest is [.., var last] ? last.Id : Beginning;
            await journal.MoveCursorAsync(handler.Name, cursor, cancellationToken);
        }

        _cursor = cursor;
    }

    /// <summary>Runs until it is stopped; a store that fails is asked again later.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (_cursor is null)
                {
                    await FindPlaceAsync(stopping);
                }

                while (await FeedPageAsync(stopping))
                {
                }
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                Log.Interrupted(logger, exception, handler.Name);
            }

            await RestAsync(stopping);
        }
    }

    /// <returns>True when there may be more.</returns>
    private async Task<bool> FeedPageAsync(CancellationToken stopping)
    {
        var entries = await journal.JournalAsync(new(_cursor, Outcome: null, Contact: null, PageSize), stopping);
        foreach (var entry in entries)
        {
            if (IsWanted(entry) && ReceivedWebhook.From(entry) is { } webhook)
            {
                await HandleAsync(webhook, stopping);
                await MoveAsync(entry.Id, stopping);
            }
        }

        if (entries is [.., var last] && last.Id != _cursor)
        {
            await MoveAsync(last.Id, stopping);
        }

        return entries.Count == PageSize;
    }

    private bool IsWanted(JournalEntry entry)
        => entry.Outcome is not (WebhookOutcome.Duplicate or WebhookOutcome.Rejected)
            && (handler.Types.Count == 0 || (entry.Type is { } type && handler.Types.Contains(type)));

    private async Task MoveAsync(MessageId to, CancellationToken stopping)
    {
        await journal.MoveCursorAsync(handler.Name, to, stopping);
        _cursor = to;
    }

    private async Task HandleAsync(ReceivedWebhook webhook, CancellationToken stopping)
    {
        for (var failures = 0; ; failures++)
        {
            var fault = await TryAsync(webhook, stopping);
            if (fault is null)
            {
                return;
            }

            if (failures == Backoff.Count)
            {
                Log.GaveUp(logger, fault, handler.Name, webhook.Id);
                await journal.NoteErrorAsync(webhook.Id, $"{handler.Name}: {fault.GetType().Name}: {fault.Message}", stopping);
                return;
            }

            Log.Failed(logger, fault, handler.Name, webhook.Id, Backoff[failures]);
            await Task.Delay(Backoff[failures], time, stopping);
        }
    }

    private async Task<Exception?> TryAsync(ReceivedWebhook webhook, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(CallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            // On a thread of its own and left behind when its time is up, because it may neither yield nor look at its token.
            await Task.Run(() => handler.HandleAsync(webhook, either.Token), stopping).WaitAsync(either.Token);
            return null;
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            return timeout.IsCancellationRequested ? new TimeoutException($"It took longer than {CallTimeout.TotalSeconds:0} seconds.") : exception;
        }
    }

    private async Task RestAsync(CancellationToken stopping)
    {
        using var poll = new CancellationTokenSource(PollInterval, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, stopping);
        try
        {
            await _bell.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // Time to look without having been rung for, or to stop.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(111, LogLevel.Warning, "Handler {Handler} failed on {Webhook}; tried again in {Delay}")]
        public static partial void Failed(ILogger logger, Exception exception, string handler, MessageId webhook, TimeSpan delay);

        [LoggerMessage(112, LogLevel.Error, "Handler {Handler} failed on {Webhook} for the last time; noted in the journal, going on with the next")]
        public static partial void GaveUp(ILogger logger, Exception exception, string handler, MessageId webhook);

        [LoggerMessage(113, LogLevel.Warning, "Handler {Handler} cannot be fed now; tried again soon")]
        public static partial void Interrupted(ILogger logger, Exception exception, string handler);
    }
}
