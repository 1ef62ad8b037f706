using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Lull.Receiving.Proving;

/// <summary>Takes secrets out of what is to be stored: the one in the body, and any configured one wherever it stands.</summary>
internal sealed class SecretMask
{
    private const string Mark = "[removed]";

    private static readonly byte[] MarkBytes = Encoding.UTF8.GetBytes(Mark);
    private static readonly byte[] QuotedMark = Encoding.UTF8.GetBytes($"\"{Mark}\"");

    private readonly byte[][] _patterns;

    public SecretMask(IReadOnlyList<string> secrets) => _patterns =
    [
        .. secrets.Where(secret => secret.Length > 0)
            .SelectMany(secret => new[] { secret, JsonEncodedText.Encode(secret).ToString(), Uri.EscapeDataString(secret) })
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(pattern => pattern.Length)
            .Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>True when there is no configured secret to look for.</summary>
    public bool IsEmpty => _patterns.Length == 0;

    /// <summary>The body to be stored; the same memory when there was nothing to take out.</summary>
    public ReadOnlyMemory<byte> Clean(ReadOnlyMemory<byte> body, BodySecret? found, WebhookMedia media)
    {
        if (found is { } secret)
        {
            var mark = media == WebhookMedia.Json ? QuotedMark : MarkBytes;
            body = (byte[])[.. body.Span[..secret.Start], .. mark, .. body.Span[(secret.Start + secret.Length)..]];
        }

        foreach (var pattern in _patterns)
        {
            if (body.Span.IndexOf(pattern) >= 0)
            {
                body = Replace(body.Span, pattern);
            }
        }

        return body;
    }

    private static byte[] Replace(ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern)
    {
        var cleaned = new ArrayBufferWriter<byte>(text.Length + MarkBytes.Length);
        for (var at = text.IndexOf(pattern); at >= 0; at = text.IndexOf(pattern))
        {
            cleaned.Write(text[..at]);
            cleaned.Write(MarkBytes);
            text = text[(at + pattern.Length)..];
        }

        cleaned.Write(text);
        return cleaned.WrittenSpan.ToArray();
    }
}
