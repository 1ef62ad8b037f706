using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Lull.Receiving.Dialects;

/// <summary>Parses a webhook's JSON strictly: valid UTF-8, at most 64 deep, no key twice, nothing after the end, an object at the root.</summary>
internal static class WebhookJson
{
    /// <summary>The field under which faults of the whole body are told.</summary>
    public const string WholeBody = "body";

    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    public static bool TryParse(ReadOnlyMemory<byte> utf8, FieldErrors errors, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        if (!Utf8.IsValid(utf8.Span))
        {
            errors.Add(WholeBody, "is not valid UTF-8");
            return false;
        }

        try
        {
            document = JsonDocument.Parse(WithoutByteOrderMark(utf8), Strict);
        }
        catch (JsonException exception)
        {
            errors.Add(WholeBody, Complaint(exception));
            return false;
        }
        catch (InvalidOperationException)
        {
            // The search for keys that occur twice meets a key that is no text.
            errors.Add(WholeBody, "has a key with half a surrogate pair");
            return false;
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return true;
        }

        errors.Add(WholeBody, "must be a JSON object");
        document.Dispose();
        document = null;
        return false;
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> utf8)
        => utf8.Span.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;

    // The parser's own words would repeat parts of the body.
    private static string Complaint(JsonException exception) => exception switch
    {
        { LineNumber: { } line, BytePositionInLine: { } column } => $"is not JSON at line {line + 1}, byte {column + 1}, or is more than {MaxDepth} levels deep",
        _ => "has a key twice in one object",
    };
}
