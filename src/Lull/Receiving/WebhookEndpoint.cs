using System.Runtime.CompilerServices;
using Lull.Conversations;

namespace Lull.Receiving;

/// <summary>The way in: a webhook is read, proven, understood, stored and acknowledged, in this order, and its conversation woken.</summary>
internal sealed partial class WebhookEndpoint(
    SenderLimits limits,
    WebhookBodyReader bodies,
    SenderGate gate,
    WebhookInterpreter interpreter,
    WebhookStorage storage,
    IDueLine line,
    Acknowledgement acknowledgement,
    WebhookMetrics metrics,
    TimeProvider time,
    ILogger<WebhookEndpoint> logger)
{
    public async Task ReceiveAsync(HttpContext http)
    {
        var started = time.GetTimestamp();
        var (arrival, refusal) = await ReadAsync(http);
        refusal ??= await StoreAsync(http, arrival!, started);
        if (refusal is not null)
        {
            await refusal.ExecuteAsync(http);
        }
    }

    /// <summary>What the webhook says, or why it is not taken.</summary>
    private async ValueTask<(WebhookArrival? Arrival, IResult? Refusal)> ReadAsync(HttpContext http)
    {
        var media = WebhookMedias.Of(http.Request.ContentType);
        if (media == WebhookMedia.Unsupported)
        {
            return (null, WebhookProblems.WrongMedia());
        }

        if (limits.OfAddress(http.Request) is { } wait)
        {
            return (null, WebhookProblems.TooMany(http, wait));
        }

        var (end, body) = await bodies.ReadAsync(http.Request);
        if (end != BodyEnd.Complete)
        {
            return (null, Unread(http, end));
        }

        var content = new WebhookBody(body, media, Complaint: null);
        if (media == WebhookMedia.Multipart)
        {
            var (form, complaint) = await MultipartForm.ReadAsync(body, http.Request.ContentType!, http.RequestAborted);
            content = new(form, WebhookMedia.Form, complaint);
        }

        if (gate.Admit(http.Request, body, content) is not { } source)
        {
            limits.Unproven(http.Request);
            return (null, WebhookProblems.Unproven());
        }

        var (arrival, errors) = interpreter.Interpret(source);
        if (!errors.IsEmpty)
        {
            await storage.KeepRejectedAsync(arrival);
            return (null, WebhookProblems.Invalid(errors));
        }

        return (arrival, limits.OfLocation(http.Request, arrival.Conversation) is { } later ? WebhookProblems.TooMany(http, later) : null);
    }

    private static IResult Unread(HttpContext http, BodyEnd end) => end switch
    {
        BodyEnd.TooLarge => WebhookProblems.TooLarge(),
        BodyEnd.TooSlow => WebhookProblems.TooSlow(http),
        _ => WebhookProblems.Lost(http),
    };

    /// <summary>Stores, acknowledges, and lets the burst be waited for; null, or why it was not stored.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IResult?> StoreAsync(HttpContext http, WebhookArrival arrival, long started)
    {
        Receipt receipt;
        try
        {
            receipt = await storage.AppendAsync(arrival, http.RequestAborted);
        }
        catch (StoreUnavailableException exception)
        {
            Log.NotStored(logger, exception, arrival.Conversation);
            return WebhookProblems.StoreUnavailable(http);
        }
        catch (OperationCanceledException)
        {
            return WebhookProblems.Lost(http);
        }

        metrics.Acknowledged(started);
        if (receipt.Outcome == WebhookOutcome.Batched && arrival.Conversation is { } conversation)
        {
            line.Stored(conversation, receipt.Id, receipt.IsInFlight);
        }

        acknowledgement.Write(http.Response, receipt, time.GetUtcNow());
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(106, LogLevel.Warning, "A webhook of {Conversation} was not stored; its sender was told to come back")]
        public static partial void NotStored(ILogger logger, Exception exception, ConversationId? conversation);
    }
}
