namespace Lull.Tests.Storage;

public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task A_recorded_reply_is_the_fate_of_every_message_of_the_burst()
    {
        var first = await SayAsync("Hi");
        var second = await SayAsync("there");
        var batch = await RepliedAsync("Hello!");

        Assert.IsType<FenceResult.Recorded>(await Store.FenceAsync(batch.Ticket, Window, record: true, Cancellation));

        foreach (var id in (MessageId[])[first.Id, second.Id])
        {
            var fate = await FateAsync(id);
            Assert.Equal(("answered", batch.Name, "Hello!"), (fate.State, fate.Batch, fate.Reply?.Text));
            Assert.Equal(["received", "claimed", "replying", "replied", "answered"], fate.Steps.Select(step => step.Name));
        }

        Assert.Equal(2, (await Store.LastReplyAsync(Ann, Cancellation))?.MessageCount);
        Assert.Null(await Store.BurstAsync(Ann, Window, Cancellation));
    }

    [Fact]
    public async Task A_newer_message_stops_a_reply_at_the_fence_twice_and_no_more()
    {
        await SayAsync("one");
        for (var restart = 0; restart < 2; restart++)
        {
            var batch = await RepliedAsync();
            await SayAsync($"newer {restart}");
            var newer = Assert.IsType<FenceResult.Newer>(await Store.FenceAsync(batch.Ticket, Window, record: true, Cancellation));
            Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(30), newer.DueAt);
        }

        var last = await RepliedAsync();
        Assert.Equal(3, last.Messages.Count);
        var late = await SayAsync("too late for this one");

        Assert.IsType<FenceResult.Recorded>(await Store.FenceAsync(last.Ticket, Window, record: true, Cancellation));
        Assert.Equal("open", (await FateAsync(late.Id)).State);
    }

    [Fact]
    public async Task At_the_max_wait_the_reply_goes_out_though_something_newer_was_said()
    {
        await SayAsync("one");
        var batch = await RepliedAsync();
        Pass(100);
        await SayAsync("newer");

        Assert.IsType<FenceResult.Recorded>(await Store.FenceAsync(batch.Ticket, Window, record: true, Cancellation));
    }

    [Fact]
    public async Task A_message_that_joins_during_a_backoff_costs_no_restart()
    {
        await SayAsync("one");
        Pass(31);
        var batch = await ClaimedAsync();
        var retry = Time.GetUtcNow() + TimeSpan.FromSeconds(10);
        Assert.True(await Store.ReleaseAsync(batch.Ticket, new Release.Retry("503", retry, retry), Cancellation));
        await SayAsync("two");

        Pass(29);
        Assert.IsType<ClaimResult.NotDue>(await ClaimAsync());
        Pass(1);
        var again = await ClaimedAsync();

        Assert.Equal((batch.Name, 0, 2), (again.Name, again.Restarts, again.Messages.Count));
    }

    [Fact]
    public async Task A_step_with_an_old_ticket_changes_nothing()
    {
        await SayAsync("Hi");
        Pass(31);
        var old = await ClaimedAsync();
        Assert.True(await Store.ReleaseAsync(old.Ticket, new Release.Shutdown(), Cancellation));
        var current = await ClaimedAsync();

        Assert.False(await Store.BeginReplyAsync(old.Ticket, Cancellation));
        Assert.False(await Store.SaveReplyAsync(old.Ticket, Reply("x"), Cancellation));
        Assert.False(await Store.ReleaseAsync(old.Ticket, new Release.Shutdown(), Cancellation));
        Assert.False(await Store.EndAsync(old.Ticket, BatchState.DeadLettered, "x", Cancellation));
        Assert.IsType<FenceResult.Lost>(await Store.FenceAsync(old.Ticket, Window, record: true, Cancellation));
        Assert.True(await Store.BeginReplyAsync(current.Ticket, Cancellation));
    }

    [Fact]
    public async Task The_intent_is_stored_before_a_send_and_read_back_after_a_crash()
    {
        await SayAsync("Hi");
        var batch = await RepliedAsync();
        var intent = Assert.IsType<FenceResult.Send>(await Store.FenceAsync(batch.Ticket, Window, record: false, Cancellation)).Intent;

        await CrashAsync();
        var again = await ClaimedAsync();

        Assert.Equal(BatchState.Unknown, again.State);
        Assert.Equal(intent.At, again.Intent?.At);
        Assert.True(await Store.DeliveredAsync(again.Ticket, "ext-1", Cancellation));
        Assert.NotNull(await Store.LastReplyAsync(Ann, Cancellation));
    }

    [Fact]
    public async Task One_send_of_the_vendor_is_never_taken_for_two_replies()
    {
        await SayAsync("one");
        var first = await RepliedAsync();
        await Store.FenceAsync(first.Ticket, Window, record: false, Cancellation);
        Assert.True(await Store.DeliveredAsync(first.Ticket, "ext-1", Cancellation));

        await SayAsync("two");
        var second = await RepliedAsync();
        await Store.FenceAsync(second.Ticket, Window, record: false, Cancellation);

        Assert.False(await Store.DeliveredAsync(second.Ticket, "ext-1", Cancellation));
        Assert.True(await Store.DeliveredAsync(second.Ticket, "ext-2", Cancellation));
    }

    [Fact]
    public async Task What_was_not_sent_waits_for_its_retry_and_passes_the_fence_again()
    {
        await SayAsync("one");
        var batch = await RepliedAsync();
        await Store.FenceAsync(batch.Ticket, Window, record: false, Cancellation);
        var retry = Time.GetUtcNow() + TimeSpan.FromSeconds(10);
        Assert.True(await Store.NotSentAsync(batch.Ticket, "429", retry, retry + TimeSpan.FromMinutes(15), Cancellation));
        await SayAsync("two");

        Pass(10);
        var again = await ClaimedAsync();

        Assert.Equal(BatchState.Replied, again.State);
        Assert.IsType<FenceResult.Newer>(await Store.FenceAsync(again.Ticket, Window, record: false, Cancellation));
        Pass(31);
        Assert.Equal(0, (await ClaimedAsync()).Restarts);
    }

    [Fact]
    public async Task A_silence_suppresses_what_is_due_and_what_is_in_flight()
    {
        var first = await SayAsync("one");
        var batch = await RepliedAsync();
        await Store.SilenceAsync(Ann, "paused", null, Cancellation);
        Assert.IsType<FenceResult.Suppressed>(await Store.FenceAsync(batch.Ticket, Window, record: true, Cancellation));

        var second = await SayAsync("two");
        Pass(31);
        Assert.IsType<ClaimResult.Ended>(await ClaimAsync());
        Assert.Equal(("suppressed", "paused"), ((await FateAsync(first.Id)).State, (await FateAsync(second.Id)).Reason));

        Assert.True(await Store.EndSilenceAsync(Ann, "paused", Cancellation));
        Assert.False(await Store.EndSilenceAsync(Ann, "paused", Cancellation));
        await SayAsync("three");
        Pass(31);
        Assert.Equal(["three"], Texts(await ClaimedAsync()));
    }

    [Fact]
    public async Task A_silence_ends_by_itself_when_its_time_is_over()
    {
        await Store.SilenceAsync(Ann, "paused", Time.GetUtcNow() + TimeSpan.FromMinutes(1), Cancellation);
        Pass(61);
        await SayAsync("Hi");
        Pass(31);

        await ClaimedAsync();
    }

    [Fact]
    public async Task A_pause_keeps_all_work_and_survives_a_restart()
    {
        var said = await SayAsync("one");
        var batch = await RepliedAsync();
        await Store.PauseAsync(null, "operator", Cancellation);
        Assert.IsType<FenceResult.Paused>(await Store.FenceAsync(batch.Ticket, Window, record: true, Cancellation));

        await RestartAsync();
        Assert.IsType<ClaimResult.NotDue>(await ClaimAsync());
        Assert.Equal(("held", "paused"), ((await FateAsync(said.Id)).State, (await FateAsync(said.Id)).Reason));

        await Store.ResumeAsync(null, Cancellation);
        Assert.Equal(BatchState.Replied, (await ClaimedAsync()).State);
    }

    [Fact]
    public async Task Dead_letters_are_retried_together_with_what_is_open()
    {
        var dead = await SayAsync("one");
        Pass(31);
        var batch = await ClaimedAsync();
        Assert.True(await Store.EndAsync(batch.Ticket, BatchState.DeadLettered, "400", Cancellation));
        await SayAsync("two");

        Assert.Null(await Store.ReopenAsync(batch.Name, BatchState.Held, Cancellation));
        Assert.Equal(Ann, await Store.ReopenAsync(batch.Name, BatchState.DeadLettered, Cancellation));
        Assert.Null(await Store.ReopenAsync(batch.Name, BatchState.DeadLettered, Cancellation));

        Pass(31);
        Assert.Equal(["one", "two"], Texts(await ClaimedAsync()));
        Assert.Equal("open", (await FateAsync(dead.Id)).State);
    }

    [Fact]
    public async Task A_held_batch_can_be_dropped()
    {
        var said = await SayAsync("one");
        Pass(31);
        var batch = await ClaimedAsync();
        Assert.True(await Store.EndAsync(batch.Ticket, BatchState.Held, "test", Cancellation));

        Assert.Equal(Ann, await Store.DropAsync(batch.Name, Cancellation));

        Assert.Equal("suppressed", (await FateAsync(said.Id)).State);
        Assert.Empty(await Store.EndedAsync(BatchState.Held, 0, 10, Cancellation));
    }

    [Fact]
    public async Task A_batch_that_waits_for_a_fault_is_held_until_it_is_mended_or_released()
    {
        var said = await SayAsync("one");
        Pass(31);
        var batch = await ClaimedAsync();
        await Store.SetFaultAsync(Faulted.Model, "401 from the model", null, Cancellation);
        Assert.True(await Store.ReleaseAsync(batch.Ticket, new Release.Faulted(Faulted.Model, "401 from the model"), Cancellation));

        Assert.Equal("held", (await FateAsync(said.Id)).State);
        Assert.Equal(batch.Name, Assert.Single(await Store.EndedAsync(BatchState.Held, 0, 10, Cancellation)).Batch);
        Assert.Equal(1, (await Store.CountsAsync(Cancellation)).Held);

        await RestartAsync();
        Assert.Single(await Store.FaultsAsync(Cancellation));
        await Store.ClearFaultAsync(Faulted.Model, Cancellation);
        Assert.Equal("open", (await FateAsync(said.Id)).State);
        await ClaimedAsync();
    }
}
