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
    WebhookMetrics metrics,
    TimeProvider time,
    ILogger<WebhookEndpoint> logger)
{
    public async Task<IResult> ReceiveAsync(HttpContext http)
    {
        var started = time.GetTimestamp();
        var media = WebhookMedias.Of(http.Request.ContentType);
        if (media == WebhookMedia.Unsupported)
        {
            return WebhookProblems.WrongMedia();
        }

        if (limits.OfAddress(http.Request) is { } wait)
        {
            return WebhookProblems.TooMany(http, wait);
        }

        var (end, body) = await bodies.ReadAsync(http.Request);
        if (end != BodyEnd.Complete)
        {
            return Unread(http, end);
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
            return WebhookProblems.Unproven();
        }

        var (arrival, errors) = interpreter.Interpret(source);
        if (!errors.IsEmpty)
        {
            await storage.KeepRejectedAsync(arrival);
            return WebhookProblems.Invalid(errors);
        }

        return limits.OfLocation(http.Request, arrival.Conversation) is { } later
            ? WebhookProblems.TooMany(http, later)
            : await StoreAsync(http, arrival, started);
    }

    private static IResult Unread(HttpContext http, BodyEnd end) => end switch
    {
        BodyEnd.TooLarge => WebhookProblems.TooLarge(),
        BodyEnd.TooSlow => WebhookProblems.TooSlow(http),
        _ => WebhookProblems.Lost(http),
    };

    private async Task<IResult> StoreAsync(HttpContext http, WebhookArrival arrival, long started)
    {
        try
        {
            var receipt = await storage.AppendAsync(arrival, http.RequestAborted);
            metrics.Acknowledged(started);
            return new Acknowledgement(Answer(receipt), receipt, receipt.Outcome == WebhookOutcome.Batched ? arrival.Conversation : null, line);
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
    }

    private WebhookAnswer Answer(Receipt receipt) => new()
    {
        Message = "Webhook processed successfully",
        Timestamp = ReceivingJson.Timestamp(time.GetUtcNow()),
        Outcome = OutcomeNames.Of(receipt.Outcome),
        Id = receipt.Id.ToString(),
        Reason = receipt.Reason,
    };

    private static partial class Log
    {
        [LoggerMessage(106, LogLevel.Warning, "A webhook of {Conversation} was not stored; its sender was told to come back")]
        public static partial void NotStored(ILogger logger, Exception exception, ConversationId? conversation);
    }
}
