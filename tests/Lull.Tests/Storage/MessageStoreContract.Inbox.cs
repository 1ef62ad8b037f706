namespace Lull.Tests.Storage;

public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task Racing_copies_of_one_message_are_one_message()
    {
        var receipts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => SayAsync("Hi", externalId: "m1"), Cancellation)));

        Assert.Single(receipts, receipt => receipt.Outcome is WebhookOutcome.Batched);
        Assert.Single(receipts.Select(receipt => receipt.Id).Distinct());
        Pass(31);
        Assert.Single((await ClaimedAsync()).Messages);
    }

    [Fact]
    public async Task The_same_id_of_another_contact_is_another_message()
    {
        await SayAsync("Hi", externalId: "m1");

        Assert.Equal(WebhookOutcome.Batched, (await SayAsync("Hi", new("default", "bob"), "m1")).Outcome);
        Assert.Equal(WebhookOutcome.Batched, (await SayAsync("Hi", new("elsewhere", "ann"), "m1")).Outcome);
    }

    [Fact]
    public async Task A_message_id_is_remembered_for_seven_days_and_through_restarts()
    {
        var first = await SayAsync("Hi", externalId: "m1");
        Pass(TimeSpan.FromDays(6.9).TotalSeconds);
        await RestartAsync();

        var copy = await SayAsync("Hi", externalId: "m1");
        Assert.Equal((WebhookOutcome.Duplicate, first.Id), (copy.Outcome, copy.Id));

        Pass(TimeSpan.FromDays(0.2).TotalSeconds);
        Assert.Equal(WebhookOutcome.Batched, (await SayAsync("Hi", externalId: "m1")).Outcome);
    }

    [Fact]
    public async Task The_same_words_are_new_words_after_a_reply_or_a_minute()
    {
        async Task<WebhookOutcome> SayWordsAsync() => (await Store.AppendAsync(
            Message("yes", Ann) with { DuplicateKeys = [new("words:ann:yes", TimeSpan.FromSeconds(60), EndsWithReply: true)] }, Cancellation)).Outcome;

        Assert.Equal(WebhookOutcome.Batched, await SayWordsAsync());
        Pass(10);
        Assert.Equal(WebhookOutcome.Duplicate, await SayWordsAsync());
        var batch = await RepliedAsync();
        await Store.FenceAsync(batch.Ticket, Window, record: true, Cancellation);
        Assert.Equal(WebhookOutcome.Batched, await SayWordsAsync());
        Pass(61);
        Assert.Equal(WebhookOutcome.Batched, await SayWordsAsync());
    }

    [Fact]
    public async Task A_round_trip_is_proved_without_leaving_anything()
    {
        await Store.ProveRoundTripAsync(Message("probe", Ann), Cancellation);

        Assert.Empty(await Store.JournalAsync(new(null, null, null, 10), Cancellation));
        Assert.Empty(await Store.FindContactAsync("ann", Cancellation));
        Assert.Null(await Store.NextStepAsync(Ann, Window, Cancellation));
    }

    [Fact]
    public async Task The_journal_has_every_webhook_and_pages_forward()
    {
        var ids = new List<MessageId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await SayAsync($"message {i}", externalId: $"m{i % 4}")).Id);
        }

        var latest = await Store.JournalAsync(new(null, null, null, 2), Cancellation);
        Assert.Equal([WebhookOutcome.Batched, WebhookOutcome.Duplicate], latest.Select(entry => entry.Outcome));
        Assert.Equal(ids[0], latest[1].DuplicateOf);
        var after = await Store.JournalAsync(new(ids[1], WebhookOutcome.Batched, "ann", 10), Cancellation);
        Assert.Equal(ids[2..4], after.Select(entry => entry.Id));
        Assert.Empty(await Store.JournalAsync(new(new(0), null, "bob", 10), Cancellation));
    }

    [Fact]
    public async Task What_names_a_location_that_is_not_answered_makes_no_contact()
    {
        var stranger = new ConversationId("elsewhere", "ann");
        var recorded = Message("Hi", stranger) with { Outcome = WebhookOutcome.Recorded, Reason = WebhookArrival.UnknownLocation, Message = null };
        await Store.AppendAsync(recorded, Cancellation);

        Assert.Empty(await Store.FindContactAsync("ann", Cancellation));
        await SayAsync("Hi");
        Assert.Equal([Ann], await Store.FindContactAsync("ann", Cancellation));
        Assert.Equal(WebhookArrival.UnknownLocation, (await Store.JournalAsync(new(null, null, "ann", 10), Cancellation))[0].Reason);
    }

    [Fact]
    public async Task An_ignored_webhook_becomes_a_message_when_it_is_replayed()
    {
        var ignored = await Store.AppendAsync(Message("Hi", Ann) with { Outcome = WebhookOutcome.Ignored, Message = null, Conversation = null }, Cancellation);

        var replayed = await Store.ReplayAsync(ignored.Id, Message("Hi", Ann), Cancellation);

        Assert.Equal((WebhookOutcome.Batched, ignored.Id), (replayed?.Outcome, replayed?.Id));
        Assert.Equal(["Hi"], Texts(await ClaimedAsync()));
        Assert.Null(await Store.ReplayAsync(ignored.Id, Message("Hi", Ann), Cancellation));
    }

    [Fact]
    public async Task A_dead_lettered_message_can_be_replayed_and_an_answered_one_not()
    {
        var said = await SayAsync("Hi");
        Pass(31);
        Assert.True(await Store.EndAsync((await ClaimedAsync()).Ticket, BatchState.DeadLettered, "400", Cancellation));

        Assert.NotNull(await Store.ReplayAsync(said.Id, Message("Hi", Ann), Cancellation));
        var batch = await RepliedAsync();
        Assert.Null(await Store.ReplayAsync(said.Id, Message("Hi", Ann), Cancellation));
        await Store.FenceAsync(batch.Ticket, Window, record: true, Cancellation);
        Assert.Null(await Store.ReplayAsync(said.Id, Message("Hi", Ann), Cancellation));
    }

    [Fact]
    public async Task Erasing_a_contact_leaves_nothing_but_the_memory_of_ids()
    {
        await SayAsync("Hi", externalId: "m1", profile: new() { Name = "Ann" });
        var batch = await RepliedAsync();
        await SayAsync("more");
        var other = await SayAsync("Hi", new("default", "bob"));

        Assert.Equal(2, await Store.EraseAsync(Ann, Cancellation));

        Assert.IsType<FenceResult.Lost>(await Store.FenceAsync(batch.Ticket, Window, record: true, Cancellation));
        Assert.Empty(await Store.FindContactAsync("ann", Cancellation));
        Assert.Empty(await Store.JournalAsync(new(new(0), null, "ann", 10), Cancellation));
        Assert.Empty((await Store.ConversationAsync(Ann, Window, 10, Cancellation)).Entries);
        Assert.Equal(WebhookOutcome.Duplicate, (await SayAsync("Hi", externalId: "m1")).Outcome);
        await RestartAsync();
        Assert.Equal(WebhookOutcome.Duplicate, (await SayAsync("Hi", externalId: "m1")).Outcome);
        Assert.Equal("open", (await FateAsync(other.Id)).State);
    }

    [Fact]
    public async Task A_contact_is_found_in_every_location()
    {
        await SayAsync("Hi");
        await SayAsync("Hi", new("branch", "ann"));

        Assert.Equal(["branch", "default"], (await Store.FindContactAsync("ann", Cancellation)).Select(id => id.Location));
        Assert.Empty(await Store.FindContactAsync("nobody", Cancellation));
        Assert.All((await Store.QueueAsync(null, 10, Window, Cancellation)).Bursts, burst => Assert.False(burst.IsUnique));
    }

    [Fact]
    public async Task The_queue_is_paged_in_a_stable_order()
    {
        for (var i = 0; i < 5; i++)
        {
            await SayAsync("Hi", new("default", $"c{i}"));
        }

        var first = await Store.QueueAsync(null, 2, Window, Cancellation);
        var second = await Store.QueueAsync(first.Next, 2, Window, Cancellation);
        var last = await Store.QueueAsync(second.Next, 2, Window, Cancellation);

        Assert.Equal(["c0", "c1", "c2", "c3", "c4"], first.Bursts.Concat(second.Bursts).Concat(last.Bursts).Select(burst => burst.Conversation.Contact));
        Assert.Null(last.Next);
        Assert.Equal(5, (await Store.CountsAsync(Cancellation)).Waiting);
    }

    [Fact]
    public async Task History_has_both_sides_oldest_first()
    {
        await SayAsync("one");
        await Store.FenceAsync((await RepliedAsync("reply one")).Ticket, Window, record: true, Cancellation);
        await SayAsync("two");
        await Store.FenceAsync((await RepliedAsync("reply two")).Ticket, Window, record: true, Cancellation);
        await SayAsync("three");
        Pass(31);
        var batch = await ClaimedAsync();

        var history = await Store.HistoryAsync(batch.Ticket, Ann, 3, Cancellation);

        Assert.Equal([(false, "reply one"), (true, "two"), (false, "reply two")], history.Select(entry => (entry.FromContact, entry.Text)));
    }

    [Fact]
    public async Task The_profile_is_what_was_said_last()
    {
        await SayAsync("one", profile: new() { Name = "Ann", Tags = ["lead"] });
        await SayAsync("two", profile: new() { Phone = "+15550100001", Tags = [] });
        Pass(31);

        var profile = (await ClaimedAsync()).Profile;

        Assert.Equal(("Ann", "+15550100001"), (profile.Name, profile.Phone));
        Assert.Equal([], profile.Tags);
    }

    [Fact]
    public async Task Pruning_takes_what_is_old_and_nothing_that_waits()
    {
        var answered = await SayAsync("answered");
        await Store.FenceAsync((await RepliedAsync()).Ticket, Window, record: true, Cancellation);
        await Store.AppendAsync(Message("", Ann) with { Outcome = WebhookOutcome.Recorded, Message = null, Reason = "empty" }, Cancellation);
        var dead = await SayAsync("dead");
        Pass(31);
        await Store.EndAsync((await ClaimedAsync()).Ticket, BatchState.DeadLettered, "400", Cancellation);
        Pass(TimeSpan.FromDays(2).TotalSeconds);
        var waiting = await SayAsync("waiting");

        var cut = Time.GetUtcNow() - TimeSpan.FromDays(1);
        while (await Store.PruneAsync(cut, cut, 1, Cancellation) > 0)
        {
        }

        Assert.Null(await Store.FateAsync(answered.Id, Window, Cancellation));
        Assert.Equal([dead.Id, waiting.Id], (await Store.JournalAsync(new(new(0), null, null, 10), Cancellation)).Select(entry => entry.Id));
    }

    [Fact]
    public async Task A_cause_is_told_again_only_after_fifteen_minutes()
    {
        await Store.RaiseAsync("cause", "text", Cancellation);
        var item = Assert.Single(await Store.UntoldAsync(10, Cancellation));
        await Store.ToldAsync(item.Id, Cancellation);
        await Store.RaiseAsync("cause", "text", Cancellation);
        Assert.Empty(await Store.UntoldAsync(10, Cancellation));

        Pass(TimeSpan.FromMinutes(15).TotalSeconds);
        await Store.RaiseAsync("cause", "text", Cancellation);

        Assert.Equal(3, Assert.Single(await Store.UntoldAsync(10, Cancellation)).Count);
        Assert.True(await Store.ClearAttentionAsync(item.Id, Cancellation));
        Assert.Empty(await Store.AttentionAsync(Cancellation));
    }

    [Fact]
    public async Task A_cause_that_was_cleared_and_comes_back_is_not_told_twice_in_a_quarter_of_an_hour()
    {
        await Store.RaiseAsync("cause", "text", Cancellation);
        var item = Assert.Single(await Store.UntoldAsync(10, Cancellation));
        await Store.ToldAsync(item.Id, Cancellation);
        await Store.ClearAttentionAsync(item.Id, Cancellation);

        await Store.RaiseAsync("cause", "text", Cancellation);
        Assert.Empty(await Store.UntoldAsync(10, Cancellation));
        Assert.Single(await Store.AttentionAsync(Cancellation));

        Pass(TimeSpan.FromMinutes(15).TotalSeconds);
        await Store.RaiseAsync("cause", "text", Cancellation);
        Assert.Single(await Store.UntoldAsync(10, Cancellation));
    }

    [Fact]
    public async Task A_contact_is_first_seen_with_its_first_message()
    {
        var first = await SayAsync("Hi");
        Pass(31);
        await ClaimedAsync();

        Assert.Equal(first.Id.StoredAt, (await Store.ConversationAsync(Ann, Window, 10, Cancellation)).FirstSeen);
    }

    [Fact]
    public async Task The_stored_wait_time_beats_the_settings_until_it_is_forgotten()
    {
        await Store.SetWaitOverrideAsync(45, Cancellation);
        await RestartAsync();
        Assert.Equal(45, await Store.WaitOverrideAsync(Cancellation));

        await Store.SetWaitOverrideAsync(null, Cancellation);
        Assert.Null(await Store.WaitOverrideAsync(Cancellation));
    }

    [Fact]
    public async Task The_stores_clock_never_runs_behind_what_is_stored()
    {
        Pass(TimeSpan.FromDays(1).TotalSeconds);
        var said = await SayAsync("Hi");
        await CloseAsync(Store);
        Time.AdjustTime(Time.GetUtcNow() - TimeSpan.FromDays(1));
        Reopened(await OpenAsync());

        Assert.True(Store.Now >= said.Id.StoredAt);
        Pass(31);
        await ClaimedAsync();
    }

    private protected void Reopened(IMessageStore store) => Store = store;
}
