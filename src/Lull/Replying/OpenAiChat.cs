using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Lull.Replying;

/// <summary>The OpenAI SDK, set up for any compatible server: no retries of its own, no redirects, and its failures told as <see cref="ModelCallException"/>.</summary>
internal sealed partial class OpenAiChat(IChatClient inner, bool isOpenAi, TimeProvider time) : DelegatingChatClient(inner)
{
    private static readonly Uri OpenAi = new("https://api.openai.com/v1");

    /// <summary>Servers on the own machine need no key, but the SDK sends one always.</summary>
    private const string NoKey = "none";

    public static OpenAiChat Create(ReplyingOptions options, TimeProvider time)
    {
        var address = options.BaseUrl ?? OpenAi;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        var client = new ChatClient(
            options.Model,
            new ApiKeyCredential(string.IsNullOrEmpty(options.ApiKey) ? NoKey : options.ApiKey),
            new OpenAIClientOptions
            {
                Endpoint = address,
                NetworkTimeout = options.Timeout,
                RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
                Transport = new HttpClientPipelineTransport(new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }),
            });
        return new(client.AsIChatClient(), IsOpenAi(address), time);
    }

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.GetResponseAsync(messages, isOpenAi ? options : WithOldTokenLimit(options), cancellationToken);
        }
        catch (ClientResultException error)
        {
            throw new ModelCallException(Read(error), error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new ModelCallException(new(), error);
        }
        catch (Exception error) when (error is JsonException or FormatException or ArgumentException or InvalidOperationException or KeyNotFoundException)
        {
            // What the SDK throws when a 200 is not shaped like a chat completion.
            throw new ModelCallException(new() { Status = 200 }, error);
        }
    }

    private static bool IsOpenAi(Uri address)
        => address.Host.EndsWith("openai.com", StringComparison.OrdinalIgnoreCase) || address.Host.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase);

    /// <summary>OpenAI's newer models only take <c>max_completion_tokens</c>; many compatible servers only know <c>max_tokens</c> and would ignore or refuse the other.</summary>
    private static ChatOptions? WithOldTokenLimit(ChatOptions? options)
    {
        if (options?.MaxOutputTokens is not { } limit)
        {
            return options;
        }

        options = options.Clone();
        options.MaxOutputTokens = null;
        options.RawRepresentationFactory = _ =>
        {
            var raw = new ChatCompletionOptions();
#pragma warning disable SCME0001 // The SDK's only way to set a field it has dropped.
            raw.Patch.Set("$.max_tokens"u8, limit);
#pragma warning restore SCME0001
            return raw;
        };
        return options;
    }

    private ModelFailure Read(ClientResultException error)
    {
        var response = error.GetRawResponse();
        if (response is null || error.Status == 0)
        {
            return new();
        }

        var failure = ReadBody(response.Content.ToMemory());
        return failure with { Status = error.Status, RetryAfter = RetryAfter(response.Headers) };
    }

    private static ModelFailure ReadBody(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            // OpenAI nests the error, Mistral and vLLM do not, Gemini puts it into a list.
            root = root is { ValueKind: JsonValueKind.Array } && root.GetArrayLength() > 0 ? root[0] : root;
            var error = Member(root, "error") is { ValueKind: JsonValueKind.Object } nested ? nested : root;
            return new()
            {
                Code = Word(error, "code") ?? Word(error, "type"),
                Sentence = Member(error, "message") is { ValueKind: JsonValueKind.String } message ? message.GetString() : null,
                IsFlagged = Member(error, "metadata") is { } metadata && Member(metadata, "flagged_input") is not null,
            };
        }
        catch (JsonException)
        {
            return new();
        }
    }

    private static JsonElement? Member(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    /// <summary>Only what looks like a code: anything else could be a sentence that quotes the prompt.</summary>
    private static string? Word(JsonElement element, string name)
        => Member(element, name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { } word && Code().IsMatch(word) ? word : null;

    private TimeSpan? RetryAfter(PipelineResponseHeaders headers)
    {
        if (!headers.TryGetValue("Retry-After", out var value))
        {
            return null;
        }

        TimeSpan? after = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxWaitSeconds ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until) ? until - time.GetUtcNow()
            : null;
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }

    private const double MaxWaitSeconds = 7 * 86_400;

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,64}\z")]
    private static partial Regex Code();
}
