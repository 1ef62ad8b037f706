using System.Text.Json.Nodes;

namespace Lull.Tests.Harness;

/// <summary>How <see cref="FakeModel"/> answers one call. Immutable: <c>ModelAnswer.Echo.After(gate)</c> is a new one.</summary>
internal sealed record ModelAnswer
{
    /// <summary>Null = a chat completion that repeats what the contact said last.</summary>
    public string? Text { get; init; }

    public int Status { get; init; } = 200;

    /// <summary>A whole body in place of a chat completion.</summary>
    public string? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public string FinishReason { get; init; } = "stop";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Held back until the test opens it.</summary>
    public Gate? Gate { get; init; }

    /// <summary>The connection is cut in place of an answer.</summary>
    public bool IsCut { get; init; }

    public static ModelAnswer Echo { get; } = new();

    public static ModelAnswer Empty { get; } = Says("");

    public static ModelAnswer Cut { get; } = new() { IsCut = true };

    public static ModelAnswer ContentFilter { get; } = new() { Text = "", FinishReason = "content_filter" };

    public static ModelAnswer InsufficientQuota { get; } = Fails(429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.");

    public static ModelAnswer ModelNotFound { get; } = Fails(404, "model_not_found", "The model `gpt-none` does not exist or you do not have access to it.");

    public static ModelAnswer InvalidKey { get; } = Fails(401, "invalid_api_key", "Incorrect API key provided: sk-se**cret.");

    public static ModelAnswer Says(string text) => new() { Text = text };

    /// <summary>An error in OpenAI's shape.</summary>
    public static ModelAnswer Fails(int status, string? code = null, string message = "failed") => new()
    {
        Status = status,
        Body = new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = "fake_error", ["param"] = null, ["code"] = code } }.ToJsonString(),
    };

    public ModelAnswer After(Gate gate) => this with { Gate = gate };

    public ModelAnswer With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };

    /// <summary>With a <c>Retry-After</c> header, in seconds or as a date.</summary>
    public ModelAnswer RetryAfter(string value) => With("Retry-After", value);
}
