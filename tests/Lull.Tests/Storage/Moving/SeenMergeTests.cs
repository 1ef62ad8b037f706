using Lull.Storage.Sqlite;
using Lull.Storage.Sqlite.Moving;
using Lull.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Storage.Moving;

public sealed class SeenMergeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_on_the_disk_and_the_newest_come_in_order_each_once_with_its_newest_message()
    {
        const int Many = SeenKeys.RunLength + 5_000;
        using var folder = new TemporaryFolder();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        long last;
        await using (var store = await OpenAsync(folder.Path, time))
        {
            await SayAsync(store, Many);
            time.Advance(TimeSpan.FromDays(7.5));

            // These are known again with a newer message: the memory of their first one is over.
            last = (await SayAsync(store, 3_000)).Max();
        }

        using var source = await SqliteMoveSource.OpenAsync(Path.Combine(folder.Path, "lull.db"), time, Cancellation);
        var seen = source.Seen().ToList();

        Assert.Equal(seen.Select(key => key.Hash).Order(), seen.Select(key => key.Hash));
        Assert.Equal(3_000, seen.Count);
        Assert.Equal(last, seen.Max(key => key.Message));

        using var session = new SqliteDatabase(new() { DataDirectory = folder.Path }).OpenForReading();
        var all = SeenMerge.Read(session, oldest: 0).ToList();
        Assert.Equal(Many, all.Count);
        Assert.Equal(Many, all.DistinctBy(key => key.Hash).Count());
        Assert.Equal(seen, all.Where(key => key.Message >= seen.Min(one => one.Message)));
    }

    private static async Task<IReadOnlyList<long>> SayAsync(SqliteMessageStore store, int many)
    {
        List<long> ids = [];
        for (var from = 0; from < many; from += 8_000)
        {
            var receipts = await Task.WhenAll(Enumerable.Range(from, Math.Min(8_000, many - from)).Select(
                number => store.AppendAsync(StoreToMove.Arrival(new("default", "ann"), $"m{number}", "Hi"), Cancellation).AsTask()));
            Assert.All(receipts, receipt => Assert.Equal(WebhookOutcome.Batched, receipt.Outcome));
            ids.AddRange(receipts.Select(receipt => receipt.Id.Value));
        }

        return ids;
    }

    private static async Task<SqliteMessageStore> OpenAsync(string folder, TimeProvider time)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        var store = new SqliteMessageStore(
            new() { DataDirectory = folder, MinFreeBytes = 0, LockWait = TimeSpan.Zero }, time, new StoreMetrics(meters), NullLogger<SqliteMessageStore>.Instance);
        await store.OpenAsync(Cancellation);
        return store;
    }
}
