using System.Text.Json.Nodes;

namespace Lull.Tests.Harness;

/// <summary>How <see cref="FakeGoHighLevel"/> answers one request. Immutable.</summary>
internal sealed record GhlAnswer
{
    /// <summary>Null = what the real one says when all is well.</summary>
    public int? Status { get; init; }

    public string Body { get; init; } = "{}";

    public string ContentType { get; init; } = "application/json";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Held back until the test opens it, after a message is recorded.</summary>
    public Gate? Gate { get; init; }

    /// <summary>The connection is cut in place of an answer.</summary>
    public bool IsCut { get; init; }

    /// <summary>Whether a send with this answer reaches the contact: by default when all is well.</summary>
    public bool IsRecorded { get; init; }

    public static GhlAnswer Accept { get; } = new() { IsRecorded = true };

    /// <summary>The message goes out and nobody learns of it.</summary>
    public static GhlAnswer AcceptThenCut { get; } = new() { IsRecorded = true, IsCut = true };

    /// <summary>The connection is cut and nothing goes out.</summary>
    public static GhlAnswer Cut { get; } = new() { IsCut = true };

    public static GhlAnswer DndActive { get; } = Refuse(400, "Cannot send message as DND is active for SMS.");

    /// <summary>An error in GoHighLevel's shape; nothing goes out.</summary>
    public static GhlAnswer Refuse(int status, params string[] messages) => new()
    {
        Status = status,
        Body = new JsonObject
        {
            ["statusCode"] = status,
            ["message"] = messages is [var one] ? JsonValue.Create(one) : new JsonArray([.. messages.Select(message => (JsonNode)JsonValue.Create(message))]),
            ["traceId"] = "trace-1",
        }.ToJsonString(),
    };

    /// <summary>The message goes out, but the answer is an error.</summary>
    public static GhlAnswer AcceptThenFail(int status) => Refuse(status, "failed") with { IsRecorded = true };

    public static GhlAnswer RateLimited(string? retryAfter = null, int? intervalMilliseconds = null)
    {
        var answer = Refuse(429, "Too many requests");
        answer = retryAfter is null ? answer : answer.With("Retry-After", retryAfter);
        return intervalMilliseconds is null ? answer : answer.With("X-RateLimit-Interval-Milliseconds", $"{intervalMilliseconds}");
    }

    public GhlAnswer After(Gate gate) => this with { Gate = gate };

    public GhlAnswer With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };
}
