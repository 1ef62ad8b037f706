using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Receiving;

public sealed class WebhookMetricsTests
{
    [Fact]
    public async Task Webhooks_are_counted_by_outcome()
    {
        await using var server = await ReceivingServer.StartAsync(new() { WebhookSecrets = ["known"] });
        ConcurrentQueue<string> measured = [];
        using var listener = Listen(server.Services.GetRequiredService<IMeterFactory>(), measured);

        using var batched = await server.PostAsync("""{"contact_id":"c","message":"hi"}""", headers: ("X-Webhook-Secret", "known"));
        using var rejected = await server.PostAsync("{", headers: ("X-Webhook-Secret", "known"));
        using var refused = await server.PostAsync("{");

        Assert.Equal(["lull_webhooks_received batched", "lull_webhook_ack_duration ", "lull_webhooks_received rejected", "lull_webhooks_unproven "], measured);
    }

    private static MeterListener Listen(IMeterFactory meters, ConcurrentQueue<string> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter is { Name: "Lull" } meter && ReferenceEquals(meter.Scope, meters))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => measured.Enqueue($"{instrument.Name} {(tags.IsEmpty ? null : tags[0].Value)}"));
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => measured.Enqueue($"{instrument.Name} "));
        listener.Start();
        return listener;
    }
}
