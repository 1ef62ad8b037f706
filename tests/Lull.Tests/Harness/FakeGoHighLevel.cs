using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lull.Tests.Harness;

/// <summary>One POST to the fake, whatever became of it.</summary>
internal sealed record GhlAttempt(JsonElement Body, string? Authorization, string? Version, GhlAnswer Answer)
{
    public string? Text(string member) => Body.TryGetProperty(member, out var value) ? value.GetString() : null;
}

/// <summary>One message that really reached a contact, or was put into the conversation by the test.</summary>
internal sealed record GhlMessage(string Id, string ContactId, string Body, string Type, string? FromNumber, string? Direction, string? Source, DateTimeOffset DateAdded)
{
    /// <summary>True for what came in through <c>POST /conversations/messages</c>.</summary>
    public bool IsSent { get; init; }
}

/// <summary>
/// GoHighLevel's conversations API as far as Lull uses it: records what really reaches a contact, and refuses, delays, cuts and lags as told. Shapes as the real answers have them
/// (nested pages, highlevel-api-docs issues 54 and 214), or as the documentation shows them with <see cref="IsFlat"/>.
/// </summary>
internal sealed class FakeGoHighLevel : IAsyncDisposable
{
    private readonly ConcurrentQueue<GhlAnswer> _sendScript = new();
    private readonly ConcurrentQueue<GhlAnswer> _readScript = new();
    private readonly Record<GhlAttempt> _attempts = new();
    private readonly Record<GhlMessage> _messages = new();
    private readonly TimeProvider _time;
    private FakeServer? _server;
    private int _numbers;
    private int _reads;
    private int _laggingReads;

    private FakeGoHighLevel(TimeProvider time) => _time = time;

    /// <summary>What <c>GHL_BASE_URL</c> is set to.</summary>
    public Uri BaseUrl => _server!.Address;

    /// <summary>Every POST, also the refused ones.</summary>
    public IReadOnlyList<GhlAttempt> Attempts => _attempts.All;

    /// <summary>What really went out, of all contacts, in order.</summary>
    public IReadOnlyList<GhlMessage> Sent => [.. _messages.All.Where(message => message.IsSent)];

    /// <summary>Answers every send that <see cref="NextSend"/> has no answer for.</summary>
    public Func<JsonElement, GhlAnswer> OtherwiseSend { get; set; } = _ => GhlAnswer.Accept;

    /// <summary>Pages as the documentation shows them in place of the real, nested ones.</summary>
    public bool IsFlat { get; set; }

    /// <summary>Dates as milliseconds in place of ISO 8601.</summary>
    public bool HasEpochDates { get; set; }

    /// <summary>The search finds no conversation, as the real one's index does for a while after a conversation was made.</summary>
    public bool HidesConversations { get; set; }

    /// <summary>What was sent is missing from this many reads of a conversation's messages: the lag of the real one.</summary>
    public int LaggingReads { get => Volatile.Read(ref _laggingReads); set => Volatile.Write(ref _laggingReads, value); }

    /// <summary>How many GETs of a conversation's messages were answered.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <param name="time">Dates the messages; must be the clock of the server under test where that is a false one.</param>
    public static async Task<FakeGoHighLevel> StartAsync(TimeProvider? time = null, int port = 0)
    {
        var fake = new FakeGoHighLevel(time ?? TimeProvider.System);
        fake._server = await FakeServer.StartAsync(
            app =>
            {
                app.MapPost("/conversations/messages", fake.SendAsync);
                app.MapGet("/conversations/search", fake.SearchAsync);
                app.MapGet("/conversations/messages/{id}", fake.MessageAsync);
                app.MapGet("/conversations/{id}/messages", fake.ListAsync);
            },
            port);
        return fake;
    }

    /// <summary>The answers of the next sends, in order, each used once.</summary>
    public void NextSend(params ReadOnlySpan<GhlAnswer> answers) => Enqueue(_sendScript, answers);

    /// <summary>The answers of the next GETs of any kind, in order, each used once.</summary>
    public void NextRead(params ReadOnlySpan<GhlAnswer> answers) => Enqueue(_readScript, answers);

    /// <summary>What really reached one contact, in order.</summary>
    public IReadOnlyList<string> SentTo(string contactId) => [.. Sent.Where(message => message.ContactId == contactId).Select(message => message.Body)];

    /// <summary>All that reached the contact, once it is at least <paramref name="count"/>.</summary>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public Task<IReadOnlyList<GhlMessage>> WaitForSendAsync(string contactId, int count, TimeSpan deadline)
        => _messages.WaitForAsync(message => message.IsSent && message.ContactId == contactId, count, deadline);

    /// <summary>Waits for a POST for the contact, whatever is answered.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public Task WaitForAttemptAsync(string contactId, TimeSpan deadline) => _attempts.WaitForAsync(attempt => attempt.Text("contactId") == contactId, 1, deadline);

    /// <summary>Waits until there were so many POSTs, for whomever.</summary>
    public Task WaitForAttemptsAsync(int count, TimeSpan deadline) => _attempts.WaitForAsync(_ => true, count, deadline);

    /// <summary>The oldest POST not yet taken by this method.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public Task<GhlAttempt> NextAttemptAsync(TimeSpan deadline) => _attempts.NextAsync(deadline);

    /// <summary>Puts a message into the conversation that no send put there.</summary>
    /// <returns>Its id.</returns>
    public string Add(string contactId, string body, DateTimeOffset at, string? direction = "outbound", string? source = "api")
    {
        var id = NewId();
        _messages.Add(new(id, contactId, body, "SMS", null, direction, source, at));
        return id;
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static void Enqueue(ConcurrentQueue<GhlAnswer> script, ReadOnlySpan<GhlAnswer> answers)
    {
        foreach (var answer in answers)
        {
            script.Enqueue(answer);
        }
    }

    private async Task SendAsync(HttpContext context)
    {
        using var json = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var body = json.RootElement.Clone();
        var answer = _sendScript.TryDequeue(out var scripted) ? scripted : OtherwiseSend(body);
        var attempt = new GhlAttempt(body, context.Request.Headers.Authorization, context.Request.Headers["Version"], answer);
        var id = NewId();
        if (answer.IsRecorded)
        {
            _messages.Add(new(id, attempt.Text("contactId")!, attempt.Text("message")!, attempt.Text("type")!, attempt.Text("fromNumber"), "outbound", "api", _time.GetUtcNow()) { IsSent = true });
        }

        _attempts.Add(attempt);
        await AnswerAsync(context, answer, 201, new JsonObject { ["conversationId"] = ConversationOf(attempt.Text("contactId")!), ["messageId"] = id, ["msg"] = "Message queued successfully.", ["status"] = "pending" });
    }

    private async Task SearchAsync(HttpContext context)
    {
        var contact = context.Request.Query["contactId"].ToString();
        var has = !HidesConversations;
        JsonArray conversations = has
            ? [new JsonObject { ["id"] = ConversationOf(contact), ["contactId"] = contact, ["locationId"] = context.Request.Query["locationId"].ToString(), ["lastMessageDate"] = _time.GetUtcNow().ToUnixTimeMilliseconds() }]
            : [];
        await AnswerAsync(context, NextReadAnswer(), 200, new JsonObject { ["conversations"] = conversations, ["total"] = has ? 1 : 0 });
    }

    private async Task ListAsync(HttpContext context, string id)
    {
        var contact = ContactOf(id);
        var limit = int.TryParse(context.Request.Query["limit"], CultureInfo.InvariantCulture, out var asked) ? asked : 20;
        var all = _messages.All.Where(message => message.ContactId == contact).Reverse().ToList();
        if (Interlocked.Decrement(ref _laggingReads) >= 0)
        {
            all = [.. all.Where(message => !message.IsSent)];
        }

        var from = context.Request.Query["lastMessageId"].ToString();
        var page = (from.Length == 0 ? all : all.SkipWhile(message => message.Id != from).Skip(1)).Take(limit).ToList();
        var list = new JsonObject
        {
            ["lastMessageId"] = page.LastOrDefault()?.Id,
            ["nextPage"] = page.Count > 0 && page[^1].Id != all[^1].Id,
            ["messages"] = new JsonArray([.. page.Select(Json)]),
        };
        Interlocked.Increment(ref _reads);
        await AnswerAsync(context, NextReadAnswer(), 200, IsFlat ? list : new JsonObject { ["messages"] = list, ["traceId"] = "trace-2" });
    }

    private async Task MessageAsync(HttpContext context, string id)
    {
        var found = _messages.All.FirstOrDefault(message => message.Id == id);
        var answer = found is null ? GhlAnswer.Refuse(404, "Message not found") : NextReadAnswer();
        await AnswerAsync(context, answer, 200, new JsonObject { ["message"] = found is null ? null : Json(found), ["traceId"] = "trace-3" });
    }

    private GhlAnswer NextReadAnswer() => _readScript.TryDequeue(out var answer) ? answer : GhlAnswer.Accept;

    private JsonObject Json(GhlMessage message)
    {
        var json = new JsonObject
        {
            ["id"] = message.Id,
            ["contactId"] = message.ContactId,
            ["body"] = message.Body,
            ["messageType"] = $"TYPE_{message.Type.ToUpperInvariant()}",
            ["status"] = "delivered",
            ["dateAdded"] = HasEpochDates ? message.DateAdded.ToUnixTimeMilliseconds() : message.DateAdded.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        };
        if (message.Direction is { } direction)
        {
            json["direction"] = direction;
        }

        if (message.Source is { } source)
        {
            json["source"] = source;
        }

        return json;
    }

    private static async Task AnswerAsync(HttpContext context, GhlAnswer answer, int status, JsonObject well)
    {
        if (answer.Gate is { } gate)
        {
            await gate.PassAsync(context.RequestAborted);
        }

        if (answer.IsCut)
        {
            context.Abort();
            return;
        }

        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.StatusCode = answer.Status ?? status;
        context.Response.ContentType = answer.ContentType;
        await context.Response.WriteAsync(answer.Status is null ? well.ToJsonString() : answer.Body, context.RequestAborted);
    }

    private string NewId() => $"MsG{Interlocked.Increment(ref _numbers):00000}";

    private static string ConversationOf(string contact) => $"CnV-{contact}";

    private static string ContactOf(string conversation) => conversation.StartsWith("CnV-", StringComparison.Ordinal) ? conversation[4..] : "";
}
