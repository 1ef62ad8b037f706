using System.Globalization;
using System.Text;

namespace Lull.Bench.Load;

/// <summary>One HTTP request with a message of the simple dialect, built once and given new ids in place. For one connection.</summary>
internal sealed class WebhookRequest
{
    private const string Body = """{"type":"contact.reply","contact":{"id":"CCCCCCCCCCCCCCCC"},"message":{"id":"MMMMMMMMMMMMMMMM","text":"I have a question about gym membership"}}""";
    private const int IdLength = 16;

    private readonly byte[] _bytes;
    private readonly int _contactAt, _messageAt;

    public WebhookRequest(Uri server)
    {
        var text = $"POST /webhook HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}";
        _bytes = Encoding.ASCII.GetBytes(text);
        _contactAt = text.IndexOf("CCCCCCCCCCCCCCCC", StringComparison.Ordinal);
        _messageAt = text.IndexOf("MMMMMMMMMMMMMMMM", StringComparison.Ordinal);
    }

    /// <summary>The whole request; it holds until the next call.</summary>
    public ReadOnlySpan<byte> With(ulong contact, ulong message)
    {
        contact.TryFormat(_bytes.AsSpan(_contactAt, IdLength), out _, "x16", CultureInfo.InvariantCulture);
        message.TryFormat(_bytes.AsSpan(_messageAt, IdLength), out _, "x16", CultureInfo.InvariantCulture);
        return _bytes;
    }
}
