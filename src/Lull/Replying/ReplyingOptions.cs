namespace Lull.Replying;

/// <summary>Which model writes, with which instructions, within which bounds.</summary>
internal sealed record ReplyingOptions
{
    public string? ApiKey { get; init; }

    /// <summary>Null = OpenAI's own.</summary>
    public Uri? BaseUrl { get; init; }

    public string Model { get; init; } = "gpt-4o-mini";

    /// <summary>Null = the built-in neutral assistant for short messages.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>A YAML file of prompts; excludes <see cref="SystemPrompt"/>.</summary>
    public string? PromptsFile { get; init; }

    /// <summary>The longest prompt in characters; the oldest history is dropped first.</summary>
    public int PromptMaxChars { get; init; } = 24_000;

    /// <summary>A longer message is cut in the prompt and marked as cut.</summary>
    public int MessageMaxChars { get; init; } = 4_000;

    public int MaxTokens { get; init; } = 300;

    /// <summary>Bounds one model call.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Neither key nor base URL: the rehearsal writer.</summary>
    public bool IsRehearsal => string.IsNullOrEmpty(ApiKey) && BaseUrl is null;
}
