using System.Text.Json;

namespace Lull.Receiving;

/// <summary>Writes the 200 for a stored webhook.</summary>
internal static class Acknowledgement
{
    public static async Task WriteAsync(HttpContext http, Receipt receipt, DateTimeOffset now)
    {
        var answer = new WebhookAnswer
        {
            Message = "Webhook processed successfully",
            Timestamp = ReceivingJson.Timestamp(now),
            Outcome = OutcomeNames.Of(receipt.Outcome),
            Id = receipt.Id.ToString(),
            Reason = receipt.Reason,
        };
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, ReceivingJson.Default.WebhookAnswer);
        var response = http.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        try
        {
            await response.BodyWriter.WriteAsync(body);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It is stored, whether or not the sender waited to hear it.
        }
    }
}
