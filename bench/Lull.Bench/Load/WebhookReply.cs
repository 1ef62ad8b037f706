using System.Buffers.Text;

namespace Lull.Bench.Load;

/// <summary>Just enough of HTTP/1.1 to know when an answer is all there and what it says.</summary>
internal static class WebhookReply
{
    /// <summary>True once headers and body have come.</summary>
    /// <exception cref="BenchException">The answer has no Content-Length.</exception>
    public static bool IsComplete(ReadOnlySpan<byte> reply)
    {
        var end = reply.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var at = reply[..end].IndexOf("\r\nContent-Length: "u8);
        if (at < 0 || !Utf8Parser.TryParse(reply[(at + "\r\nContent-Length: "u8.Length)..], out int length, out _))
        {
            throw new BenchException("An answer came without Content-Length.");
        }

        return reply.Length >= end + "\r\n\r\n"u8.Length + length;
    }

    /// <summary>True for a 200 whose message was new: a duplicate would measure another way through the server.</summary>
    public static bool IsAcknowledged(ReadOnlySpan<byte> reply)
        => reply.StartsWith("HTTP/1.1 200"u8) && reply.IndexOf("\"outcome\":\"batched\""u8) >= 0;
}
