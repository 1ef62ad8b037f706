using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Operating;

public sealed class QueueGaugesTests
{
    [Fact]
    public async Task The_queue_is_measured_without_contact_labels()
    {
        await using var server = await OperatingServer.StartAsync(prepare: store => store.Counts = new(5, 4, 3, 2, 1, OperatingServer.Start.AddSeconds(-90)));
        var meters = server.Services.GetRequiredService<IMeterFactory>();
        var measured = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == "Lull" && instrument.Meter.Scope == meters)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured[$"{instrument.Name} {string.Join(',', tags.ToArray())}"] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measured[$"{instrument.Name} {string.Join(',', tags.ToArray())}"] = value);
        listener.Start();

        await server.MoveUntilAsync(
            () =>
            {
                listener.RecordObservableInstruments();
                return !measured.IsEmpty;
            },
            TimeSpan.Zero);

        Assert.Equal(
            ["lull_batches [state, dead_lettered]", "lull_batches [state, delivering]", "lull_batches [state, held]", "lull_batches [state, replying]", "lull_batches [state, waiting]", "lull_oldest_unanswered "],
            measured.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(5, measured["lull_batches [state, waiting]"]);
        Assert.Equal(90, measured["lull_oldest_unanswered "]);
    }

    [Fact]
    public async Task A_queue_that_takes_long_to_count_is_counted_less_often()
    {
        await using var server = await OperatingServer.StartAsync(prepare: store => store.CountingTakes = TimeSpan.FromSeconds(0.5));

        await server.MoveUntilAsync(() => server.Store.CountedAt.Count >= 2, TimeSpan.FromSeconds(1));

        var counted = server.Store.CountedAt.ToArray();
        Assert.True(counted[1] - counted[0] >= TimeSpan.FromSeconds(10), $"counted at {counted[0]:O} and {counted[1]:O}");
    }
}
