using Lull.Tests.Harness;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>Nodes of this version at work while a newer one brings the database one version further.</summary>
public sealed class RollingUpgradeTests
{
    private static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nodes_go_on_without_losing_a_message_and_more_of_them_may_start(bool throughPgBouncer)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        await using var nodes = await PostgresNodes.CreateAsync(time, throughPgBouncer);
        var stored = new Record<string>();
        using var stop = new CancellationTokenSource();
        IMessageStore[] two = [await nodes.OpenAsync(), await nodes.OpenAsync()];
        var senders = Enumerable.Range(0, 4).Select(sender => Task.Run(() => SendAsync(two[sender % 2], sender, stored, stop.Token), Cancellation)).ToArray();

        await stored.WaitForAsync(_ => true, 20, MigratorUnderTest.Soon);
        await MigratorUnderTest.RunAsync(nodes.Database.ConnectionString, MigratorUnderTest.And("""
            -- compatible: yes
            ALTER TABLE {schema}.messages ADD COLUMN mood text;
            ALTER TABLE {schema}.batches ADD COLUMN weight integer NOT NULL DEFAULT 0;
            CREATE TABLE {schema}.moods (name text PRIMARY KEY);
            CREATE INDEX IF NOT EXISTS messages_moody ON {schema}.messages (mood) WHERE mood IS NOT NULL;
            """));
        var between = stored.All.Count;
        await stored.WaitForAsync(_ => true, between + 20, MigratorUnderTest.Soon);
        await stop.CancelAsync();
        await Task.WhenAll(senders);
        var third = await nodes.OpenAsync();
        await SayAsync(third, new("default", "late"), "late");
        stored.Add("late");

        Assert.Equal(stored.All.Order(StringComparer.Ordinal), await nodes.Database.QueryAsync<string[]>("SELECT array_agg(external_id ORDER BY external_id COLLATE \"C\") FROM lull.messages"));
        time.Advance(TimeSpan.FromSeconds(31));
        foreach (var (store, contact) in new[] { (two[0], "c1"), (two[1], "c0"), (third, "c2") })
        {
            Assert.IsType<ClaimResult.Claimed>(await store.ClaimAsync(new("default", contact), Window, TimeSpan.FromHours(6), Cancellation));
        }

        Assert.True((await two[1].AuditAsync(20, Cancellation)).IsClean);
    }

    private static async Task SendAsync(IMessageStore store, int sender, Record<string> stored, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var id = $"m{sender}-{number}";
            await SayAsync(store, new("default", $"c{sender}"), id);
            stored.Add(id);
        }
    }

    private static async Task SayAsync(IMessageStore store, ConversationId contact, string id)
        => await store.AppendAsync(
            new()
            {
                Dialect = "simple",
                Body = "{}"u8.ToArray(),
                Headers = "{}",
                Outcome = WebhookOutcome.Batched,
                Conversation = contact,
                Message = new() { Conversation = contact, Text = "Hi", Lane = new("SMS", null), ExternalId = id },
                DuplicateKeys = [DuplicateKey.ForMessage(contact, id)],
            },
            Cancellation);
}
