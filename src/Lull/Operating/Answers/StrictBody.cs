using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Answers;

/// <summary>
/// Reads a small JSON object field by field and collects what is wrong with it, so that one answer names every fault: wrong types, values out of range,
/// fields nobody knows, fields given twice.
/// </summary>
internal sealed class StrictBody
{
    /// <summary>The largest body of an operator's request.</summary>
    public const int MaxBytes = 16 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private readonly Dictionary<string, JsonElement> _fields = [];
    private readonly Dictionary<string, string[]> _errors = [];

    private StrictBody(JsonElement root)
    {
        foreach (var field in root.EnumerateObject())
        {
            _fields[field.Name] = field.Value;
        }
    }

    /// <summary>Reads the body; no body at all counts as an object without fields.</summary>
    public static async Task<(StrictBody Body, ProblemHttpResult? Problem)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var nothing = new StrictBody(JsonElement.Parse("{}"));
        var (bytes, problem) = await BytesAsync(request, cancellationToken);
        if (problem is not null || bytes.Length == 0)
        {
            return (nothing, problem);
        }

        if (!request.HasJsonContentType())
        {
            return (nothing, Problems.MediaType());
        }

        try
        {
            var root = JsonElement.Parse(bytes.Span, Strict);
            return root.ValueKind is JsonValueKind.Object ? (new(root), null) : (nothing, Problems.NotJson("Send a JSON object."));
        }
        catch (InvalidOperationException)
        {
            return (nothing, Problems.NotJson("A name in it is no valid Unicode text."));
        }
        catch (JsonException fault)
        {
            return (nothing, Problems.NotJson(fault.LineNumber is { } line
                ? $"Line {line + 1}, byte {fault.BytePositionInLine + 1}: not what JSON allows there."
                : "A field is given twice."));
        }
    }

    /// <summary>A whole number written as such; null when missing, JSON's null or wrong, which is noted unless it <paramref name="mayBeNull"/>.</summary>
    public int? Whole(string name, int min, int max, bool mayBeNull = false)
    {
        if (!_fields.Remove(name, out var value) || value.ValueKind is JsonValueKind.Null)
        {
            return mayBeNull ? null : Wrong<int?>(name, $"must be given as a whole number from {min} to {max}");
        }

        return value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max
            ? number
            : Wrong<int?>(name, $"must be a whole number from {min} to {max}{(mayBeNull ? ", or null" : string.Empty)}");
    }

    /// <summary>A non-empty text, or null when missing or JSON's null.</summary>
    public string? Text(string name) => Read(name, "must be a text that is not empty", value => value is { Length: > 0 } ? value : null);

    /// <summary>An id of a location, or null when missing or JSON's null.</summary>
    public string? Location(string name = "location")
        => Read(name, "must be an id of 1 to 256 bytes without control characters", value => ConversationId.IsValidPart(value) ? value : null);

    /// <summary>An instant with its offset, or null when missing or JSON's null.</summary>
    public DateTimeOffset? Instant(string name)
    {
        DateTimeOffset? instant = null;
        Read(name, "must be a time such as 2026-01-01T12:00:00Z", value => (instant = Times.Parse(value)) is null ? null : value);
        return instant;
    }

    /// <summary>The problem document of all that was wrong, or null; to be asked once every known field was read.</summary>
    public ProblemHttpResult? Problem()
    {
        foreach (var name in _fields.Keys)
        {
            _errors[name] = ["is not a field of this request"];
        }

        return _errors.Count == 0 ? null : Problems.Invalid(_errors);
    }

    private string? Read(string name, string rule, Func<string, string?> read)
    {
        if (!_fields.Remove(name, out var value) || value.ValueKind is JsonValueKind.Null)
        {
            return null;
        }

        try
        {
            return (value.ValueKind is JsonValueKind.String ? read(value.GetString()!) : null) ?? Wrong<string>(name, rule);
        }
        catch (InvalidOperationException)
        {
            return Wrong<string>(name, "must be valid Unicode text");
        }
    }

    private T? Wrong<T>(string name, string rule)
    {
        _errors[name] = [rule];
        return default;
    }

    private static async Task<(ReadOnlyMemory<byte> Bytes, ProblemHttpResult? Problem)> BytesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            return (default, Problems.TooLarge(MaxBytes));
        }

        var buffer = new byte[MaxBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > MaxBytes ? (default, Problems.TooLarge(MaxBytes)) : (buffer.AsMemory(0, length), null);
    }
}
