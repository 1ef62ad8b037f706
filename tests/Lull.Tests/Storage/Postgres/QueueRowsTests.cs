using Lull.Storage.Postgres;

namespace Lull.Tests.Storage.Postgres;

public sealed class QueueRowsTests
{
    private static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);
    private static readonly DateTimeOffset Start = RowsUnderTest.Start, Now = Start.AddMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_show_everything_once_in_the_order_of_the_first_message()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.BatchAsync("second", BatchState.Released, Start.AddSeconds(10));
        await rows.SayAsync("first", Start);
        await rows.SayAsync("third", Start.AddSeconds(20));
        await rows.SayAsync("third", Start.AddSeconds(21), channel: "WhatsApp");
        await rows.BatchAsync("done", BatchState.Answered, Start, "recorded");

        List<BurstView> seen = [];
        for (long? after = 0; after is not null;)
        {
            var page = await rows.ReadAsync(sql => QueueRows.PageAsync(sql, after, 1, Window, Now));
            seen.AddRange(page.Bursts);
            after = page.Next;
        }

        Assert.Equal(["first", "second", "third", "third"], seen.Select(burst => burst.Conversation.Contact));
        Assert.Equal(["waiting", "waiting", "waiting", "waiting"], seen.Select(burst => burst.State));
        Assert.Equal($"batch_first_{Start.ToUnixTimeSeconds()}", seen[0].Batch);
        Assert.Equal(["Hi", "Hi"], seen[1].Messages.Select(message => message.Text));
        Assert.All(seen, burst => Assert.True(burst.IsUnique));
    }

    [Fact]
    public async Task A_conversation_keeps_its_place_when_a_batch_claims_its_messages()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.SayAsync("first", Start);
        await rows.SayAsync("third", Start.AddSeconds(2));
        var page = await rows.ReadAsync(sql => QueueRows.PageAsync(sql, null, 1, Window, Now));

        await rows.BatchAsync("second", BatchState.Claimed, Start.AddSeconds(1));

        var rest = await rows.ReadAsync(sql => QueueRows.PageAsync(sql, page.Next, 10, Window, Now));
        Assert.Equal([("second", "replying"), ("third", "waiting")], rest.Bursts.Select(burst => (burst.Conversation.Contact, burst.State)));
        Assert.Null(rest.Next);
    }

    [Fact]
    public async Task What_is_due_and_may_not_go_on_is_held_with_its_reason()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.SayAsync("ann", Start);
        await rows.WriteAsync(sql => FaultRows.SetAsync(sql, Faulted.Model, "401", null, Start));
        var faulted = await rows.ReadAsync(sql => QueueRows.BurstAsync(sql, RowsUnderTest.Contact("ann"), Window, Now));

        await rows.WriteAsync(sql => SilenceRows.PauseAsync(sql, "default", "holiday", Start));
        var paused = await rows.ReadAsync(sql => QueueRows.BurstAsync(sql, RowsUnderTest.Contact("ann"), Window, Now));
        var young = await rows.ReadAsync(sql => QueueRows.BurstAsync(sql, RowsUnderTest.Contact("ann"), Window, Start.AddSeconds(1)));

        Assert.Equal(("held", "401"), (faulted!.State, faulted.Reason));
        Assert.Equal(("held", "paused"), (paused!.State, paused.Reason));
        Assert.Equal(("waiting", null), (young!.State, young.Reason));
        Assert.Null(await rows.ReadAsync(sql => QueueRows.BurstAsync(sql, RowsUnderTest.Contact("nobody"), Window, Now)));
    }

    [Fact]
    public async Task A_contact_id_of_two_locations_is_not_unique_and_both_are_found()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.BatchAsync("ann", BatchState.Released, Start);
        await rows.SayAsync("ann", Start.AddSeconds(3), location: "another");

        var page = await rows.ReadAsync(sql => QueueRows.PageAsync(sql, null, 10, Window, Now));

        Assert.Equal([false, false], page.Bursts.Select(burst => burst.IsUnique));
        Assert.Equal(["another", "default"], (await rows.ReadAsync(sql => QueueRows.FindContactAsync(sql, "ann"))).Select(id => id.Location));
    }

    [Fact]
    public async Task A_burst_whose_name_is_taken_shows_the_name_it_will_have()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.BatchAsync("ann", BatchState.Suppressed, Start, reason: "dropped");
        var id = await rows.SayAsync("ann", Start.AddMilliseconds(500));
        var name = $"batch_ann_{Start.ToUnixTimeSeconds()}";
        var next = (await rows.ReadAsync(sql => QueueRows.BurstAsync(sql, RowsUnderTest.Contact("ann"), Window, Now)))!.Batch;
        await rows.ExecuteAsync($"UPDATE lull.batches SET name = name || '_{id:x}'; INSERT INTO lull.batches SELECT 99, '{name}', conversation, location, contact, channel, address, state, attempt, restarts, failures, lost, first_at, last_at, due_at, retry_at, retry_until, fault, reason, message_ids FROM lull.batches");

        var afterThat = (await rows.ReadAsync(sql => QueueRows.BurstAsync(sql, RowsUnderTest.Contact("ann"), Window, Now)))!.Batch;

        Assert.Equal(($"{name}_{id:x}", $"{name}_{id:x}_2"), (next, afterThat));
    }

    [Fact]
    public async Task Counts_are_those_of_the_queues_words()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.SayAsync("waits", Start.AddSeconds(1));
        await rows.SayAsync("waits", Start.AddSeconds(2));
        await rows.BatchAsync("released", BatchState.Released, Start.AddSeconds(3));
        await rows.SayAsync("released", Start.AddSeconds(9));
        await rows.BatchAsync("faulted", BatchState.Released, Start.AddSeconds(3), reason: "401", fault: "model");
        await rows.BatchAsync("replying", BatchState.Replying, Start.AddSeconds(3));
        await rows.BatchAsync("sending", BatchState.Sending, Start.AddSeconds(3), "sending");
        await rows.BatchAsync("held", BatchState.Held, Start, reason: "stale");
        await rows.BatchAsync("dead", BatchState.DeadLettered, Start, reason: "400");

        var counts = await rows.ReadAsync(QueueRows.CountsAsync);

        Assert.Equal(new QueueCounts(Waiting: 2, Replying: 1, Delivering: 1, Held: 2, DeadLettered: 1, Start.AddSeconds(1)), counts);
    }

    [Fact]
    public async Task An_empty_store_has_nothing_open()
    {
        await using var rows = await RowsUnderTest.CreateAsync();

        Assert.Equal(new QueueCounts(0, 0, 0, 0, 0, null), await rows.ReadAsync(QueueRows.CountsAsync));
        Assert.Empty((await rows.ReadAsync(sql => QueueRows.PageAsync(sql, null, 10, Window, Now))).Bursts);
        Assert.Empty(await StepsAsync(rows, null));
    }

    [Fact]
    public async Task Steps_are_those_that_are_due_and_that_nobody_is_taking()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.SayAsync("due", Start);
        await rows.SayAsync("young", Now.AddSeconds(-5));
        await rows.SayAsync("forced", Now.AddSeconds(-4));
        await rows.ExecuteAsync("INSERT INTO lull.forces (location, contact, up_to) VALUES ('default', 'forced', 9223372036854775807)");
        await rows.BatchAsync("released", BatchState.Released, Start);
        await rows.BatchAsync("leased", BatchState.Replying, Now.AddSeconds(-40));
        await rows.BatchAsync("answered", BatchState.Answered, Start, "recorded");
        await rows.BatchAsync("later", BatchState.Replied, Start);
        await rows.ExecuteAsync($"UPDATE lull.batches SET retry_at = {Now.AddMinutes(1).ToUnixTimeMilliseconds()} WHERE contact = 'later'");

        Assert.Equal(["due", "forced", "released"], await StepsAsync(rows, Now));
        Assert.Equal(["due", "forced", "later", "released", "young"], await StepsAsync(rows, null));
    }

    private static async Task<List<string>> StepsAsync(RowsUnderTest rows, DateTimeOffset? dueBefore)
    {
        List<string> contacts = [];
        await foreach (var step in new OpenStepReads(rows.Database).StepsAsync(Window, dueBefore, Now, Cancellation))
        {
            contacts.Add(step.Conversation.Contact);
        }

        contacts.Sort(StringComparer.Ordinal);
        return contacts;
    }
}
