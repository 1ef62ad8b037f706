using System.Text;
using Lull.Storage.Postgres;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Storage.Postgres;

/// <summary>Several nodes on one database: what must happen once happens once, and a dead or frozen node's work is taken up.</summary>
public sealed class PostgresNodesTests : IAsyncLifetime
{
    private const int Nodes = 4;

    private static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);
    private static readonly ConversationId Ann = new("default", "ann");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<PostgresMessageStore> _stores = [];
    private PostgresNodes _nodes = null!;

    private PostgresMessageStore First => _stores[0];

    private PostgresMessageStore Second => _stores[1];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _nodes = await PostgresNodes.CreateAsync(_time);
        for (var node = 0; node < Nodes; node++)
        {
            _stores.Add(await _nodes.OpenAsync());
        }
    }

    public async ValueTask DisposeAsync()
    {
        var audit = await First.AuditAsync(10, CancellationToken.None);
        await _nodes.DisposeAsync();
        Assert.Empty(audit.Violations.Select(violation => violation.Text));
    }

    [Fact]
    public async Task Of_claims_that_race_on_all_nodes_one_wins()
    {
        await SayAsync(First, "Hi");
        Pass(31);

        var results = await RaceAsync(20, node => ClaimAsync(node));

        Assert.Single(results.OfType<ClaimResult.Claimed>());
        Assert.Equal(19, results.OfType<ClaimResult.Nothing>().Count());
    }

    [Fact]
    public async Task Of_copies_that_race_on_all_nodes_one_is_the_message()
    {
        for (var round = 0; round < 10; round++)
        {
            var id = $"m{round}";
            var receipts = await RaceAsync(20, node => SayAsync(node, "Hi", id));

            Assert.Single(receipts, receipt => receipt.Outcome is WebhookOutcome.Batched);
            Assert.Single(receipts.Select(receipt => receipt.Id).Distinct());
        }
    }

    [Fact]
    public async Task Of_copies_that_race_over_the_border_between_two_buckets_one_is_the_message()
    {
        var week = DuplicateKey.IdWindow.Ticks / TimeSpan.TicksPerMillisecond;
        var border = DateTimeOffset.FromUnixTimeMilliseconds(((_time.GetUtcNow().ToUnixTimeMilliseconds() / week) + 1) * week);
        _time.Advance(border - _time.GetUtcNow() - TimeSpan.FromMilliseconds(10));

        var receipts = await RaceAsync(40, node =>
        {
            Pass(0.001);
            return SayAsync(node, "Hi", "m1");
        });

        Assert.True(_time.GetUtcNow() > border);
        Assert.Single(receipts, receipt => receipt.Outcome is WebhookOutcome.Batched);
    }

    [Fact]
    public async Task An_id_whose_time_is_over_is_one_message_again()
    {
        await SayAsync(First, "Hi", "m1");
        Pass(TimeSpan.FromDays(7.1).TotalSeconds);

        var receipts = await RaceAsync(20, node => SayAsync(node, "Hi", "m1"));

        Assert.Single(receipts, receipt => receipt.Outcome is WebhookOutcome.Batched);
    }

    [Fact]
    public async Task Of_fences_that_race_on_all_nodes_one_sends()
    {
        var batch = await RepliedAsync(First);

        var results = await RaceAsync(20, node => node.FenceAsync(batch.Ticket, Window, record: false, Cancellation));

        Assert.Single(results.OfType<FenceResult.Send>());
        Assert.Equal(19, results.OfType<FenceResult.Lost>().Count());
    }

    [Fact]
    public async Task Messages_forces_and_claims_that_race_lose_nothing()
    {
        var contacts = Enumerable.Range(0, 8).Select(number => new ConversationId("default", $"c{number}")).ToArray();
        var said = 0;
        await RaceAsync(200, async node =>
        {
            var number = Interlocked.Increment(ref said);
            var contact = contacts[number % contacts.Length];
            await node.AppendAsync(Message($"{number}", contact, $"m{number}"), Cancellation);
            await node.ForceAsync(contact, Cancellation);
            if (await node.ClaimAsync(contact, Window, TimeSpan.FromHours(6), Cancellation) is ClaimResult.Claimed { Batch: { } batch }
                && await node.SaveReplyAsync(batch.Ticket, new("Sure!", "test", false, new(1, 1)), Cancellation))
            {
                await node.FenceAsync(batch.Ticket, Window, record: true, Cancellation);
            }

            return true;
        });

        var answered = 0;
        Pass(200);
        foreach (var contact in contacts)
        {
            while (await First.ClaimAsync(contact, Window, TimeSpan.FromHours(6), Cancellation) is ClaimResult.Claimed { Batch: { } batch })
            {
                if (batch.State is BatchState.Claimed)
                {
                    Assert.True(await First.SaveReplyAsync(batch.Ticket, new("Sure!", "test", false, new(1, 1)), Cancellation));
                }

                await First.FenceAsync(batch.Ticket, Window, record: true, Cancellation);
            }

            var view = await Second.ConversationAsync(contact, Window, 1000, Cancellation);
            answered += view.Entries.Count(entry => entry is { FromContact: true, State: "answered" });
        }

        Assert.Equal(200, answered);
    }

    [Fact]
    public async Task What_a_dead_node_was_writing_is_taken_up_when_its_lease_ends()
    {
        await SayAsync(First, "Hi");
        Pass(31);
        var lost = await ClaimedAsync(First);
        Pass(19);
        Assert.IsType<ClaimResult.Nothing>(await ClaimAsync(Second));
        Assert.Null(await Second.NextStepAsync(Ann, Window, Cancellation));
        Assert.Equal(lost.FirstAt + TimeSpan.FromSeconds(51), await DueInScanAsync(Second));

        Pass(1);
        var taken = await ClaimedAsync(Second);

        Assert.Equal((lost.Name, 2), (taken.Name, taken.Ticket.Attempt));
        Assert.False(await First.SaveReplyAsync(lost.Ticket, new("late", "test", false, new(1, 1)), Cancellation));
        Assert.Empty(await First.RenewAsync([lost.Ticket], Cancellation));
        Assert.True(await Second.SaveReplyAsync(taken.Ticket, new("in time", "test", false, new(1, 1)), Cancellation));
    }

    [Fact]
    public async Task What_another_node_stored_late_with_an_earlier_time_joins_the_batch_as_its_first()
    {
        var slow = new FakeTimeProvider(_time.GetUtcNow() - TimeSpan.FromSeconds(2));
        var behind = new PostgresNodes(_nodes.Database, slow, _nodes.Database.ConnectionString);
        var late = await behind.OpenAsync();
        await SayAsync(First, "Hi");
        Pass(31);
        var batch = await ClaimedAsync(First);

        await SayAsync(late, "Sorry, me again");
        await behind.CloseAsync(late);
        Assert.True(await First.ReleaseAsync(batch.Ticket, new Release.Newer(), Cancellation));
        Pass(31);
        var both = await ClaimedAsync(First);

        Assert.Equal(["Sorry, me again", "Hi"], both.Messages.Select(message => message.Text));
        Assert.Equal((slow.GetUtcNow(), batch.LastAt), (both.FirstAt, both.LastAt));
    }

    [Fact]
    public async Task A_lease_that_is_renewed_does_not_end()
    {
        await SayAsync(First, "Hi");
        Pass(31);
        var batch = await ClaimedAsync(First);
        for (var i = 0; i < 12; i++)
        {
            Pass(5);
            Assert.Equal([batch.Ticket], await First.RenewAsync([batch.Ticket], Cancellation));
            Assert.IsType<ClaimResult.Nothing>(await ClaimAsync(Second));
        }
    }

    [Fact]
    public async Task A_fence_after_the_lease_ended_is_lost_though_nobody_took_the_batch_up()
    {
        var batch = await RepliedAsync(First);
        Pass(21);

        Assert.IsType<FenceResult.Lost>(await First.FenceAsync(batch.Ticket, Window, record: false, Cancellation));

        var taken = await ClaimedAsync(Second);
        Assert.Equal((BatchState.Replied, 2), (taken.State, taken.Ticket.Attempt));
        Assert.IsType<FenceResult.Send>(await Second.FenceAsync(taken.Ticket, Window, record: false, Cancellation));
    }

    [Fact]
    public async Task A_node_that_was_frozen_goes_on_where_nobody_took_its_batch_up()
    {
        await SayAsync(First, "Hi");
        Pass(31);
        var batch = await ClaimedAsync(First);
        Pass(60);

        Assert.True(await First.SaveReplyAsync(batch.Ticket, new("Sure!", "test", false, new(1, 1)), Cancellation));
        Assert.IsType<ClaimResult.Nothing>(await ClaimAsync(Second));
        Assert.IsType<FenceResult.Send>(await First.FenceAsync(batch.Ticket, Window, record: false, Cancellation));
    }

    [Fact]
    public async Task A_send_of_a_dead_node_is_looked_for_ten_seconds_after_its_lease_ended()
    {
        var batch = await RepliedAsync(First);
        Pass(15);
        Assert.IsType<FenceResult.Send>(await First.FenceAsync(batch.Ticket, Window, record: false, Cancellation));
        Pass(14);

        // A send ends within the lease that its fence left: renewing it would only make others wait.
        Assert.Equal([batch.Ticket], await First.RenewAsync([batch.Ticket], Cancellation));
        Pass(10);
        Assert.IsNotType<ClaimResult.Claimed>(await ClaimAsync(Second));

        Pass(1);
        var taken = await ClaimedAsync(Second);

        Assert.Equal((BatchState.Unknown, _time.GetUtcNow()), (taken.State, taken.Intent?.EndedAt));
        Assert.False(await First.DeliveredAsync(batch.Ticket, "ext-1", Cancellation));
        Assert.True(await Second.DeliveredAsync(taken.Ticket, "ext-1", Cancellation));
    }

    [Fact]
    public async Task What_a_node_gives_back_as_it_ends_is_taken_up_at_once()
    {
        await SayAsync(First, "Hi");
        Pass(31);
        var batch = await ClaimedAsync(First);

        Assert.True(await First.ReleaseAsync(batch.Ticket, new Release.Shutdown(), Cancellation));

        Assert.Equal(2, (await ClaimedAsync(Second)).Ticket.Attempt);
    }

    [Fact]
    public async Task What_another_node_stops_is_stopped_at_the_next_fence()
    {
        var batch = await RepliedAsync(First);
        Assert.Empty(await First.PausesAsync(Cancellation));
        await Second.PauseAsync("default", "operator", Cancellation);

        Assert.IsType<FenceResult.Paused>(await First.FenceAsync(batch.Ticket, Window, record: false, Cancellation));
        Assert.Single(await Second.PausesAsync(Cancellation));
        Pass(1);
        Assert.Single(await First.PausesAsync(Cancellation));
    }

    [Fact]
    public async Task One_id_of_the_vendor_is_recorded_for_one_of_racing_replies()
    {
        var contacts = Enumerable.Range(0, 8).Select(number => new ConversationId("default", $"c{number}")).ToArray();
        List<BatchTicket> sending = [];
        foreach (var contact in contacts)
        {
            var batch = await RepliedAsync(First, contact);
            Assert.IsType<FenceResult.Send>(await First.FenceAsync(batch.Ticket, Window, record: false, Cancellation));
            sending.Add(batch.Ticket);
        }

        var recorded = await Task.WhenAll(sending.Select((ticket, i) => Task.Run(() => _stores[i % Nodes].DeliveredAsync(ticket, "ext-1", Cancellation), Cancellation)));

        Assert.Single(recorded, isRecorded => isRecorded);
    }

    [Fact]
    public async Task Two_contacts_of_one_id_in_one_second_have_batches_of_their_own()
    {
        ConversationId[] same = [Ann, new("branch", "ann"), new("office", "ann"), new("shop", "ann")];
        foreach (var contact in same)
        {
            await First.AppendAsync(Message("Hi", contact), Cancellation);
        }

        Pass(31);
        var claims = await Task.WhenAll(same.Select((contact, i) => Task.Run(
            () => _stores[i].ClaimAsync(contact, Window, TimeSpan.FromHours(6), Cancellation), Cancellation)));

        Assert.Equal(4, claims.Cast<ClaimResult.Claimed>().Select(claim => claim.Batch.Name).Distinct().Count());
    }

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private Task<T[]> RaceAsync<T>(int runners, Func<PostgresMessageStore, Task<T>> run)
        => Task.WhenAll(Enumerable.Range(0, runners).Select(runner => Task.Run(() => run(_stores[runner % Nodes]), Cancellation)));

    private static WebhookArrival Message(string text, ConversationId from, string? externalId = null) => new()
    {
        Dialect = "simple",
        Body = Encoding.UTF8.GetBytes("{}"),
        Headers = "{}",
        Outcome = WebhookOutcome.Batched,
        Conversation = from,
        Message = new() { Conversation = from, Text = text, Lane = new("SMS", null), ExternalId = externalId },
        DuplicateKeys = externalId is null ? [] : [DuplicateKey.ForMessage(from, externalId)],
    };

    private static async Task<Receipt> SayAsync(PostgresMessageStore node, string text, string? externalId = null)
        => await node.AppendAsync(Message(text, Ann, externalId), Cancellation);

    private static Task<ClaimResult> ClaimAsync(PostgresMessageStore node, ConversationId? id = null)
        => node.ClaimAsync(id ?? Ann, Window, TimeSpan.FromHours(6), Cancellation);

    private static async Task<Batch> ClaimedAsync(PostgresMessageStore node, ConversationId? id = null)
        => Assert.IsType<ClaimResult.Claimed>(await ClaimAsync(node, id)).Batch;

    private async Task<Batch> RepliedAsync(PostgresMessageStore node, ConversationId? id = null)
    {
        await node.AppendAsync(Message("Hi", id ?? Ann), Cancellation);
        Pass(31);
        var batch = await ClaimedAsync(node, id);
        Assert.True(await node.SaveReplyAsync(batch.Ticket, new("Sure!", "test", false, new(1, 1)), Cancellation));
        return batch;
    }

    private static async Task<DateTimeOffset> DueInScanAsync(PostgresMessageStore node)
    {
        List<DateTimeOffset> due = [];
        await foreach (var step in node.OpenStepsAsync(Window, null, Cancellation))
        {
            due.Add(step.Step.DueAt);
        }

        return Assert.Single(due);
    }
}
