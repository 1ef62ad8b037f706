using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Lull.Operating.Telling;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Operating;

public sealed class AttentionTellerTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData("whsec_c2VjcmV0LWtleS1vZi0yNC1ieXRlcw==", "secret-key-of-24-bytes")]
    [InlineData("plain secret ü", "plain secret ü")]
    public async Task An_alert_is_signed_per_Standard_Webhooks(string secret, string key)
    {
        await using var receiver = await FakeReceiver.StartAsync();
        await using var server = await OperatingServer.StartAsync(
            new() { AlertUrl = receiver.Address, AlertSecret = secret }, prepare: store => store.Untold.Enqueue(Any.Attention(7)));

        await server.MoveUntilAsync(() => server.Store.Untold.IsEmpty, Step);

        var (_, headers, body) = Assert.Single(receiver.Requests);
        var text = Encoding.UTF8.GetString(body);
        var signed = Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{text}");
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), signed)), headers["webhook-signature"]);
        Assert.InRange(long.Parse(headers["webhook-timestamp"]), OperatingServer.Start.ToUnixTimeSeconds(), server.Time.GetUtcNow().ToUnixTimeSeconds());
        Assert.Equal("application/json", headers["content-type"]);
        JsonAssert.Is(
            """
            {"type":"lull.attention","timestamp":"2026-01-01T12:00:00.000Z","data":{"id":7,"cause":"fault:model","text":"The model refuses the key.","count":4,
             "first_at":"2026-01-01T11:55:00.000Z","last_at":"2026-01-01T12:00:00.000Z"}}
            """,
            text);
    }

    [Fact]
    public void The_signature_is_the_published_example()
        => Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            AlertSignature.Of(
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1_614_265_330), "{\"test\": 2432232314}"u8));

    [Fact]
    public async Task An_alert_that_is_not_taken_is_posted_again_under_the_same_id_and_warned_of_once()
    {
        await using var receiver = await FakeReceiver.StartAsync(500, 302, 422);
        await using var server = await OperatingServer.StartAsync(
            new() { AlertUrl = receiver.Address, AlertSecret = "s" }, prepare: store => store.Untold.Enqueue(Any.Attention(7)));

        await server.MoveUntilAsync(() => server.Store.Untold.IsEmpty, Step);

        Assert.Equal(4, receiver.Requests.Count);
        Assert.All(receiver.Requests, request => Assert.Equal("/alerts", request.Path));
        Assert.Single(receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct());
        Assert.Single(server.Log, line => line == "Warning: Attention, fault:model: The model refuses the key. (4 times)");
        Assert.Equal(3, server.Log.Count(line => line.Contains("was not taken by ALERT_URL", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_an_address_there_is_still_a_warning_line_and_a_metric()
    {
        var raised = 0L;
        IMeterFactory? ours = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "lull_attention")
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.Meter.Scope == ours)
            {
                Interlocked.Add(ref raised, value);
            }
        });
        listener.Start();
        await using var server = await OperatingServer.StartAsync();
        ours = server.Services.GetRequiredService<IMeterFactory>();

        server.Store.Untold.Enqueue(Any.Attention(8));
        await server.MoveUntilAsync(() => server.Store.Untold.IsEmpty, Step);

        Assert.Contains(server.Log, line => line.StartsWith("Warning: Attention, fault:model", StringComparison.Ordinal));
        Assert.Equal(1, Interlocked.Read(ref raised));
    }
}
