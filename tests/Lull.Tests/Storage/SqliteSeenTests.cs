using System.Security.Cryptography;
using Lull.Storage.Sqlite;
using Lull.Tests.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Storage;

public sealed class SqliteSeenTests : IDisposable
{
    private static readonly ConversationId Ann = new("default", "ann");

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_no_longer_fits_into_memory_is_found_on_the_disk_until_seven_days_are_over()
    {
        const int Many = SeenKeys.RunLength + 1000;
        await using (var store = await OpenAsync())
        {
            for (var from = 0; from < Many; from += 8_000)
            {
                await Task.WhenAll(Enumerable.Range(from, Math.Min(8_000, Many - from)).Select(number => SayAsync(store, number)));
            }

            Assert.Equal(WebhookOutcome.Duplicate, (await SayAsync(store, 0)).Outcome);
            Assert.Equal(WebhookOutcome.Duplicate, (await SayAsync(store, Many - 1)).Outcome);
        }

        await using var again = await OpenAsync();
        foreach (var number in (int[])[0, 1, 999, SeenKeys.RunLength - 1, SeenKeys.RunLength, Many - 1])
        {
            Assert.Equal(WebhookOutcome.Duplicate, (await SayAsync(again, number)).Outcome);
        }

        Assert.NotNull(await again.FindMessageAsync(Ann, "m17", Cancellation));
        Assert.Equal(WebhookOutcome.Batched, (await SayAsync(again, Many)).Outcome);

        _time.Advance(TimeSpan.FromDays(7.1));
        Assert.InRange(await again.PruneAsync(null, null, 10, Cancellation), SeenKeys.RunLength, int.MaxValue);
        Assert.Equal(0, await again.PruneAsync(null, null, 10, Cancellation));
        Assert.Equal(WebhookOutcome.Batched, (await SayAsync(again, 17)).Outcome);
    }

    [Fact]
    public async Task An_event_pruned_from_the_journal_is_still_known()
    {
        WebhookArrival created = Arrival("created") with { Outcome = WebhookOutcome.Recorded, Message = null };
        await using (var store = await OpenAsync())
        {
            await store.AppendAsync(created, Cancellation);
            _time.Advance(TimeSpan.FromDays(2));
            Assert.Equal(1, await store.PruneAsync(null, _time.GetUtcNow().AddDays(-1), 10, Cancellation));
        }

        await using var again = await OpenAsync();
        Assert.Equal(WebhookOutcome.Duplicate, (await again.AppendAsync(created, Cancellation)).Outcome);
    }

    [Fact]
    public async Task A_store_of_the_version_before_keeps_its_memory()
    {
        await (await OpenAsync()).DisposeAsync();
        var file = Path.Combine(_folder.Path, "lull.db");
        File.Delete(file);
        var key = DuplicateKey.ForMessage(Ann, "m1").Text;
        using (var old = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            old.Open();
            Execute(old, Script("0001_tables.sql") + "PRAGMA user_version=1;");
            var id = MessageId.FirstOf(_time.GetUtcNow()).Value;
            Execute(old, "INSERT INTO meta (name, value) VALUES ('hash_key', $1)", new byte[32]);
            Execute(old, $"INSERT INTO messages (id, outcome, received_at, location, contact, channel, dialect, headers, body) VALUES ({id}, 1, 0, 'default', 'ann', 'SMS', 'simple', '{{}}', x'')");
            Execute(old, $"INSERT INTO seen (bucket, hash, message, at) VALUES (1, $1, {id}, 0)", HMACSHA256.HashData(new byte[32], System.Text.Encoding.UTF8.GetBytes(key))[..16]);
        }

        await using var store = await OpenAsync();

        Assert.Equal(WebhookOutcome.Duplicate, (await SayAsync(store, 1)).Outcome);
    }

    [Fact]
    public void A_filter_never_misses_a_key_and_seldom_takes_another_for_one()
    {
        var random = new Random(17);
        UInt128 Next() => new((ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64(), (ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64());
        UInt128[] keys = [.. Enumerable.Range(0, 10_000).Select(_ => Next())];
        var filter = SeenFilter.For(keys.Length);
        foreach (var key in keys)
        {
            filter.Add(key);
        }

        var read = SeenFilter.Read(filter.Bytes.ToArray());

        Assert.All(keys, key => Assert.True(read.MayHold(key)));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => read.MayHold(Next())), 0, 100);
    }

    private static async Task<Receipt> SayAsync(SqliteMessageStore store, int number) => await store.AppendAsync(Arrival("m" + number), Cancellation);

    private static WebhookArrival Arrival(string externalId) => new()
    {
        Dialect = "simple",
        Body = default,
        Headers = "{}",
        Outcome = WebhookOutcome.Batched,
        Conversation = Ann,
        Message = new() { Conversation = Ann, Text = "", Lane = new("SMS", null), ExternalId = externalId },
        DuplicateKeys = [DuplicateKey.ForMessage(Ann, externalId)],
    };

    private static string Script(string name)
    {
        using var reader = new StreamReader(typeof(SqliteMessageStore).Assembly.GetManifestResourceStream("Lull.Storage.Sqlite.Scripts." + name)!);
        return reader.ReadToEnd();
    }

    private static void Execute(SqliteConnection connection, string sql, byte[]? argument = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (argument is not null)
        {
            command.Parameters.AddWithValue("$1", argument);
        }

        command.ExecuteNonQuery();
    }

    private async Task<SqliteMessageStore> OpenAsync()
    {
        var metrics = new StoreMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        var store = new SqliteMessageStore(new() { DataDirectory = _folder.Path, MinFreeBytes = 0 }, _time, metrics, NullLogger<SqliteMessageStore>.Instance);
        await store.OpenAsync(Cancellation);
        return store;
    }
}
