using System.Security.Cryptography;
using System.Text;

namespace Lull.Replying;

/// <summary>What reading the prompts gave: a book, or every error, one line each.</summary>
internal sealed record PromptLoad(PromptBook? Book, IReadOnlyList<string> Errors);

/// <summary>The prompts in force. A broken new version of the file is refused and the old one stays.</summary>
internal sealed partial class PromptLibrary
{
    /// <summary>The largest prompts file in bytes.</summary>
    public const int MaxFileBytes = 1024 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string? _path;
    private readonly int _maxChars;
    private readonly ILogger<PromptLibrary> _log;
    private volatile PromptBook _book;
    private byte[] _seen;

    /// <exception cref="InvalidOperationException">The prompts cannot be used; <see cref="Load(ReplyingOptions)"/> says so beforehand without throwing.</exception>
    public PromptLibrary(ReplyingOptions options, ILogger<PromptLibrary> log)
    {
        _path = options.PromptsFile;
        _maxChars = options.PromptMaxChars;
        _log = log;
        _seen = _path is null ? [] : Fingerprint(_path);
        var load = Load(options);
        _book = load.Book ?? throw new InvalidOperationException(string.Join(Environment.NewLine, load.Errors));
    }

    public PromptBook Book => _book;

    /// <summary>The prompts that these options ask for: the file's, the one system prompt, or the built-in one. For the checks at start; errors are values.</summary>
    public static PromptLoad Load(ReplyingOptions options)
        => options.PromptsFile is { } path ? Load(path, options.PromptMaxChars)
            : Bounded("OPENAI_SYSTEM_PROMPT", PromptBook.Of(OneOf(options.SystemPrompt)), options.PromptMaxChars);

    /// <summary>Reads a prompts file. Errors are values, whatever the file holds, also when it is not there.</summary>
    /// <param name="promptMaxChars">Instructions and facts may fill at most half of the prompt, or no conversation would fit beside them.</param>
    public static PromptLoad Load(string path, int promptMaxChars = 24_000)
    {
        var name = Path.GetFileName(path);
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxFileBytes)
            {
                return new(null, [$"{name}: larger than {MaxFileBytes} bytes"]);
            }

            using var reader = new StreamReader(file, Strict);
            var load = PromptFile.Parse(name, reader.ReadToEnd());
            return load.Book is null ? load : Bounded(name, load.Book, promptMaxChars);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return new(null, [$"{name}: cannot be read: {error.Message}"]);
        }
        catch (DecoderFallbackException)
        {
            return new(null, [$"{name}: is not UTF-8"]);
        }
    }

    /// <summary>The prompt for this batch's contact.</summary>
    public PromptText For(Batch batch) => _book.Choose(batch.Conversation.Location, batch.Lane.Channel, batch.Profile.Source);

    /// <summary>Takes a changed file over if it is whole, and says so; otherwise warns once for each broken version. Not to be called twice at once.</summary>
    public void TakeChanges()
    {
        if (_path is null || Fingerprint(_path) is var now && now.AsSpan().SequenceEqual(_seen))
        {
            return;
        }

        _seen = now;
        var load = Load(_path, _maxChars);
        if (load.Book is { } book)
        {
            _book = book;
            Log.Reloaded(_log, Path.GetFileName(_path), book.All.Count());
        }
        else
        {
            Log.Refused(_log, string.Join("; ", load.Errors));
        }
    }

    /// <summary>By content: behind a mounted configuration the file's own time does not change. Empty when it cannot be read.</summary>
    private static byte[] Fingerprint(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return file.Length > MaxFileBytes ? BitConverter.GetBytes(file.Length) : SHA256.HashData(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static PromptText OneOf(string? systemPrompt)
        => string.IsNullOrWhiteSpace(systemPrompt) ? PromptText.BuiltIn : new("OPENAI_SYSTEM_PROMPT", systemPrompt.Trim(), null, null);

    private static PromptLoad Bounded(string name, PromptBook book, int promptMaxChars)
    {
        var tooLong = book.All.Where(text => text.System.Length > promptMaxChars / 2)
            .Select(text => $"{name}: `{text.Name}` has {text.System.Length} characters; at most half of PROMPT_MAX_CHARS ({promptMaxChars}) may be instructions and facts")
            .ToList();
        return tooLong is [] ? new(book, []) : new(null, tooLong);
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Information, "Prompts reloaded from {File}: {Count} prompts")]
        public static partial void Reloaded(ILogger logger, string file, int count);

        [LoggerMessage(2002, LogLevel.Warning, "The changed prompts file is refused and the old prompts stay: {Errors}")]
        public static partial void Refused(ILogger logger, string errors);
    }
}
