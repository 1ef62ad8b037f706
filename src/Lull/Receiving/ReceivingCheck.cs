using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Receiving;

/// <summary>Proves that a webhook would be understood and stored, without leaving anything behind; at most once a second, whoever asks.</summary>
internal sealed partial class ReceivingCheck(WebhookInterpreter interpreter, IInbox inbox, TimeProvider time, ILogger<ReceivingCheck> logger)
{
    private static readonly TimeSpan Shared = TimeSpan.FromSeconds(1);

    private static readonly byte[] Sample = Encoding.UTF8.GetBytes(
        """{"type":"contact.reply","contact":{"id":"lull-test"},"message":{"content":"Is this endpoint working?"}}""");

    private readonly Lock _gate = new();
    private Task<string?>? _last;
    private long _startedAt;

    public async Task<Results<JsonHttpResult<CheckAnswer>, ProblemHttpResult>> ReportAsync(CancellationToken cancellationToken)
    {
        if (await Latest().WaitAsync(cancellationToken) is { } fault)
        {
            return TypedResults.Problem(fault, statusCode: StatusCodes.Status503ServiceUnavailable, title: "Webhook endpoint is not working");
        }

        var checks = new Dictionary<string, string> { ["parse"] = "ok", ["store"] = "ok" };
        var answer = new CheckAnswer("success", "Webhook endpoint is working", ReceivingJson.Timestamp(time.GetUtcNow()), checks);
        return TypedResults.Json(answer, ReceivingJson.Default.CheckAnswer);
    }

    private Task<string?> Latest()
    {
        lock (_gate)
        {
            if (_last is null || (_last.IsCompleted && time.GetElapsedTime(_startedAt) >= Shared))
            {
                _startedAt = time.GetTimestamp();
                _last = FaultAsync();
            }

            return _last;
        }
    }

    /// <summary>What does not work, or null.</summary>
    private async Task<string?> FaultAsync()
    {
        var (arrival, errors) = interpreter.Interpret(new(Sample, WebhookMedia.Json, "{}", DeliveryId: null));
        if (!errors.IsEmpty)
        {
            return "A sample webhook was not understood.";
        }

        using var patience = new CancellationTokenSource(WebhookStorage.MaxWait, time);
        try
        {
            await inbox.ProveRoundTripAsync(arrival, patience.Token);
            return null;
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException)
        {
            Log.StoreFailed(logger, exception);
            return "The store cannot take webhooks now; the log says why. Senders are told to come back.";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(107, LogLevel.Warning, "The test webhook could not be stored")]
        public static partial void StoreFailed(ILogger logger, Exception exception);
    }
}
