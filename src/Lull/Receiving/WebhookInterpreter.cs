using Lull.Receiving.Dialects;
using Lull.Receiving.Handling;

namespace Lull.Receiving;

/// <summary>
/// From a webhook's bytes to what it means for Lull. Pure, and the same for a webhook that arrives and one that is replayed; never throws on any bytes.
/// </summary>
/// <param name="dialects">Those that were added; they are asked before the built-in ones.</param>
/// <param name="handlers">A type that one of them names is an event, not unknown.</param>
internal sealed class WebhookInterpreter(ReceivingOptions options, IEnumerable<IWebhookDialect> dialects, IEnumerable<IWebhookHandler> handlers)
{
    /// <summary>Why a webhook was kept but not answered.</summary>
    private const string Outbound = "outbound", UnknownLocation = WebhookArrival.UnknownLocation, Empty = "empty", NoSuchChannel = "channel", Event = "event", TooOld = "too_old";

    private readonly IWebhookDialect[] _dialects = [.. dialects, new SimpleDialect(), new AppDialect(), new WorkflowDialect(), new OtherDialect()];

    private readonly HashSet<string> _handledTypes = handlers.SelectMany(handler => handler.Types).ToHashSet(StringComparer.Ordinal);

    /// <summary>Reads, judges and keys one webhook. A body that is wrong gives an arrival that is <see cref="WebhookOutcome.Rejected"/> and says which fields.</summary>
    public Interpretation Interpret(in WebhookSource source)
    {
        var errors = new FieldErrors();
        var body = source.Body;
        if (source.Complaint is { } complaint)
        {
            errors.Add(WebhookJson.WholeBody, complaint);
            return Rejected(source, errors);
        }

        if (source.Media == WebhookMedia.Form)
        {
            if (!FormJson.TryConvert(body.Span, errors, out var json))
            {
                return Rejected(source, errors);
            }

            body = json;
        }

        if (!WebhookJson.TryParse(body, errors, out var document))
        {
            return Rejected(source, errors);
        }

        using (document)
        {
            return Understand(source, new(document.RootElement, "", errors), errors);
        }
    }

    private Interpretation Understand(in WebhookSource source, WebhookObject body, FieldErrors errors)
    {
        var dialect = DialectOf(body);
        var content = dialect.Read(body);
        CheckIds(content, source.DeliveryId, errors);
        if (!errors.IsEmpty)
        {
            return Rejected(source, errors, dialect.Name, content.Type);
        }

        ConversationId? conversation = content.Contact is null ? null : new(content.Location ?? Home, content.Contact);
        var (outcome, reason) = Judge(content, source.IsTooOld);
        return new(
            new()
            {
                Dialect = dialect.Name,
                Type = content.Type,
                Body = source.Body,
                Headers = source.Headers,
                Outcome = outcome,
                Reason = reason,
                Conversation = conversation,
                Message = outcome == WebhookOutcome.Batched ? Message(content, conversation!.Value) : null,
                Profile = content.Profile is { } profile && reason != UnknownLocation && profile != new ContactProfile() ? profile : null,
                DuplicateKeys = Keys(content, source.DeliveryId ?? content.DeliveryId, conversation, outcome),
            },
            errors);
    }

    private IWebhookDialect DialectOf(in WebhookObject body)
    {
        foreach (var candidate in _dialects)
        {
            if (candidate.Recognizes(body))
            {
                return candidate;
            }
        }

        // Unreachable: the last one takes everything.
        return _dialects[^1];
    }

    private string Home => options.LocationId ?? ConversationId.DefaultLocation;

    private (WebhookOutcome Outcome, string? Reason) Judge(WebhookContent content, bool isTooOld) => content switch
    {
        { Kind: WebhookKind.Unknown } when content.Type is null || !_handledTypes.Contains(content.Type) => (WebhookOutcome.Ignored, null),
        _ when options.LocationId is { } home && content.Location is { } named && named != home => (WebhookOutcome.Recorded, UnknownLocation),
        _ when isTooOld => (WebhookOutcome.Recorded, TooOld),
        { Kind: not WebhookKind.Message } => (WebhookOutcome.Recorded, Event),
        { IsOutbound: true } => (WebhookOutcome.Recorded, Outbound),
        _ when string.IsNullOrWhiteSpace(content.Text) && content.Attachments.Count == 0 => (WebhookOutcome.Recorded, Empty),
        { Channel: null } => (WebhookOutcome.Recorded, NoSuchChannel),
        _ => (WebhookOutcome.Batched, null),
    };

    // The built-in dialects have checked their ids; one that was added may have forgotten to.
    private static void CheckIds(WebhookContent content, string? deliveryId, FieldErrors errors)
    {
        if (!errors.IsEmpty)
        {
            return;
        }

        if (content is { Kind: WebhookKind.Message, Contact: null })
        {
            errors.Add("contact", "is required");
        }

        ReadOnlySpan<(string Field, string? Id)> ids =
        [
            ("contact", content.Contact), ("location", content.Location), ("message id", content.ExternalId), ("webhook-id", deliveryId ?? content.DeliveryId),
        ];
        foreach (var (field, id) in ids)
        {
            if (id is not null && !ConversationId.IsValidPart(id))
            {
                errors.Add(field, "must be 1 to 256 bytes of UTF-8 without control characters");
            }
        }
    }

    private static InboundMessage Message(WebhookContent content, ConversationId conversation) => new()
    {
        Conversation = conversation,
        Text = content.Text ?? "",
        Lane = new(content.Channel!, content.Address),
        Attachments = content.Attachments,
        ExternalId = content.ExternalId,
        SaidAt = content.SaidAt,
    };

    private static IReadOnlyList<DuplicateKey> Keys(WebhookContent content, string? deliveryId, ConversationId? conversation, WebhookOutcome outcome)
    {
        if (deliveryId is null && content.ExternalId is null && content.RepeatWindow is null)
        {
            return [];
        }

        List<DuplicateKey> keys = [];
        if (deliveryId is not null)
        {
            // With the contact, so that a sender who writes one constant id costs nobody else a message.
            keys.Add(new($"delivery:{conversation}:{deliveryId}", DuplicateKey.IdWindow, EndsWithReply: false));
        }

        if (conversation is { } known && content.ExternalId is { } externalId)
        {
            keys.Add(DuplicateKey.ForMessage(known, externalId));
        }

        if (content.RepeatWindow is { } window && outcome == WebhookOutcome.Batched)
        {
            keys.Add(new($"words:{conversation}:{content.Channel}:{content.Text}", window, EndsWithReply: true));
        }

        return keys;
    }

    private static Interpretation Rejected(in WebhookSource source, FieldErrors errors, string dialect = "none", string? type = null) => new(
        new()
        {
            Dialect = dialect,
            Type = type is { Length: > ConversationId.MaxPartBytes } ? null : type,
            Body = source.Body,
            Headers = source.Headers,
            Outcome = WebhookOutcome.Rejected,
            Error = errors.ToString(),
        },
        errors);
}

/// <summary>A webhook without its secrets, as it is stored.</summary>
/// <param name="Headers">JSON object of strings.</param>
/// <param name="DeliveryId">The <c>webhook-id</c> header.</param>
internal readonly record struct WebhookSource(ReadOnlyMemory<byte> Body, WebhookMedia Media, string Headers, string? DeliveryId)
{
    /// <summary>Why the body could not be read at all; null when it could.</summary>
    public string? Complaint { get; init; }

    /// <summary>True for a signed event that was sent so long ago that a copy of it would no longer be known.</summary>
    public bool IsTooOld { get; init; }
}

/// <summary>A webhook's body in a form that can be interpreted, or the complaint why there is none.</summary>
internal readonly record struct WebhookBody(ReadOnlyMemory<byte> Content, WebhookMedia Media, string? Complaint);

/// <summary>What a webhook means; <paramref name="Errors"/> holds something exactly when it is rejected.</summary>
internal readonly record struct Interpretation(WebhookArrival Arrival, FieldErrors Errors);
