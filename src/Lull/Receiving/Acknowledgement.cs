using System.Text.Json;
using Lull.Conversations;

namespace Lull.Receiving;

/// <summary>The 200 for a stored webhook; once it is written, the conversation is woken.</summary>
internal sealed class Acknowledgement(WebhookAnswer answer, Receipt receipt, ConversationId? toWake, IDueLine line) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, ReceivingJson.Default.WebhookAnswer);
        var response = httpContext.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        try
        {
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It is stored, whether or not the sender waited to hear it.
        }
        finally
        {
            if (toWake is { } conversation)
            {
                line.Stored(conversation, receipt.Id);
            }
        }
    }
}
