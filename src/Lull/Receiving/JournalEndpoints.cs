using System.Text;
using System.Text.Json;
using Lull.Conversations;
using Lull.Receiving.Dialects;
using Lull.Receiving.Handling;
using Lull.Receiving.Proving;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Receiving;

/// <summary>The operator's view of every webhook, and the way to have one interpreted again.</summary>
internal sealed class JournalEndpoints(
    IJournal journal, IInbox inbox, WebhookInterpreter interpreter, IDueLine line, JournalPulse pulse, TimeProvider time)
{
    private const int DefaultLimit = 100, MaxLimit = 1000;

    public async Task<IResult> ListAsync(HttpContext http, string? after, string? outcome, string? contact, string? limit)
    {
        var errors = new FieldErrors();
        var query = Query(after, outcome, contact, limit, errors);
        if (!errors.IsEmpty)
        {
            return TypedResults.ValidationProblem(errors.ToProblem(), "Mend the query parameters named under errors.");
        }

        try
        {
            var entries = await journal.JournalAsync(query, http.RequestAborted);
            var next = query.After is not null && entries.Count == query.Limit ? entries[^1].Id.ToString() : null;
            return TypedResults.Json(new("success", [.. entries.Select(Line)], next, Now()), ReceivingJson.Default.JournalAnswer);
        }
        catch (StoreUnavailableException)
        {
            return WebhookProblems.StoreUnavailable(http);
        }
    }

    public async Task<IResult> ReplayAsync(HttpContext http, string id)
    {
        try
        {
            if (!MessageId.TryParse(id, out var message) || await journal.JournalEntryAsync(message, http.RequestAborted) is not { } entry)
            {
                return TypedResults.Problem($"There is no webhook with this id. GET /webhooks lists those that are kept.", statusCode: StatusCodes.Status404NotFound);
            }

            var (media, deliveryId) = StoredHeaders.Read(entry.Headers);
            var (arrival, errors) = interpreter.Interpret(new(entry.Body, media, entry.Headers, deliveryId));
            if (!errors.IsEmpty)
            {
                return WebhookProblems.Invalid(errors);
            }

            return await inbox.ReplayAsync(message, arrival, http.RequestAborted) is { } receipt
                ? Replayed(receipt, arrival)
                : TypedResults.Problem("Its message is open, in flight or already answered, so nothing was changed.", statusCode: StatusCodes.Status409Conflict);
        }
        catch (StoreUnavailableException)
        {
            return WebhookProblems.StoreUnavailable(http);
        }
    }

    private JsonHttpResult<WebhookAnswer> Replayed(Receipt receipt, WebhookArrival arrival)
    {
        if (arrival.Conversation is { } conversation)
        {
            line.Stored(conversation, receipt.Id, receipt.IsInFlight);
        }

        pulse.Ring();
        var answer = new WebhookAnswer { Outcome = OutcomeNames.Of(receipt.Outcome), Id = receipt.Id.ToString(), Reason = receipt.Reason, Timestamp = Now() };
        return TypedResults.Json(answer, ReceivingJson.Default.WebhookAnswer);
    }

    private static JournalQuery Query(string? after, string? outcome, string? contact, string? limit, FieldErrors errors)
    {
        var position = default(MessageId);
        if (after is not null && !MessageId.TryParse(after, out position))
        {
            errors.Add("after", "must be an id of the journal (msg_…), or 0 for the beginning");
        }

        if (outcome is not null && OutcomeNames.Parse(outcome) is null)
        {
            errors.Add("outcome", "must be batched, duplicate, recorded, ignored or rejected");
        }

        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > MaxLimit))
        {
            errors.Add("limit", $"must be a whole number from 1 to {MaxLimit}");
        }

        return new(after is null ? null : position, OutcomeNames.Parse(outcome), contact, count);
    }

    private static JournalLine Line(JournalEntry entry) => new()
    {
        Id = entry.Id.ToString(),
        ReceivedAt = ReceivingJson.Timestamp(entry.ReceivedAt),
        Dialect = entry.Dialect,
        Type = entry.Type,
        LocationId = entry.Conversation?.Location,
        ContactId = entry.Conversation?.Contact,
        Outcome = OutcomeNames.Of(entry.Outcome),
        Reason = entry.Reason,
        Error = entry.Error,
        DuplicateOf = entry.DuplicateOf?.ToString(),
        Headers = Json(Encoding.UTF8.GetBytes(entry.Headers)),
        Body = Json(entry.Body),
    };

    // A rejected body may be anything; what cannot be written as JSON is shown as text.
    private static JsonElement Json(byte[] text)
    {
        if (WebhookJson.TryParse(text, new(), out var document))
        {
            using (document)
            {
                return document.RootElement.Clone();
            }
        }

        return JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(text), ReceivingJson.Default.String);
    }

    private string Now() => ReceivingJson.Timestamp(time.GetUtcNow());
}
