using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;

namespace Lull.Receiving;

/// <summary>Writes the 200 for a stored webhook.</summary>
internal sealed class Acknowledgement
{
    private readonly ObjectPool<JsonBuffer> _buffers = JsonBuffer.Pool();

    /// <summary>Leaves the flush to the server; a sender that did not wait to hear it is no fault: it is stored.</summary>
    public void Write(HttpResponse response, Receipt receipt, DateTimeOffset now)
    {
        var buffer = _buffers.Get();
        var writer = buffer.Writer;
        writer.WriteStartObject();
        writer.WriteString("status"u8, "success"u8);
        writer.WriteString("message"u8, "Webhook processed successfully"u8);
        Span<char> text = stackalloc char[32];
        writer.WriteString("timestamp"u8, ReceivingJson.Timestamp(now, text));
        writer.WriteString("outcome"u8, OutcomeNames.Of(receipt.Outcome));
        writer.WriteString("id"u8, receipt.Id.ToString());
        if (receipt.Reason is { } reason)
        {
            writer.WriteString("reason"u8, reason);
        }

        writer.WriteEndObject();
        writer.Flush();
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = buffer.Written.Length;
        response.BodyWriter.Write(buffer.Written);
        _buffers.Return(buffer);
    }
}
