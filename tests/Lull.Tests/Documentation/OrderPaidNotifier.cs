using System.Net.Http.Json;
using Lull.Receiving.Handling;
using Microsoft.Extensions.Configuration;

namespace Lull.Extensions;

/// <summary>Tells the team's chat about every paid order.</summary>
internal sealed class OrderPaidNotifier(IHttpClientFactory clients, IConfiguration settings) : IWebhookHandler
{
    public string Name => "order-paid-notifier";

    public IReadOnlyCollection<string> Types => ["order.paid"];

    public async Task HandleAsync(ReceivedWebhook webhook, CancellationToken cancellationToken)
    {
        var order = webhook.Body.GetProperty("order").GetProperty("number").GetString();
        var note = new Dictionary<string, string>
        {
            ["id"] = webhook.Id.ToString(), // the same if this webhook is ever handled twice
            ["text"] = $"Order {order} is paid.",
        };

        using var http = clients.CreateClient();
        using var response = await http.PostAsJsonAsync(settings["TEAM_CHAT_URL"], note, cancellationToken);
        response.EnsureSuccessStatusCode(); // throws: Lull tries again, then notes it in the journal
    }
}
