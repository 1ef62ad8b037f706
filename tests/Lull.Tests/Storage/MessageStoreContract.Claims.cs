namespace Lull.Tests.Storage;

public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task A_burst_is_claimed_once_and_only_after_silence()
    {
        await SayAsync("Hi there");
        Pass(20);
        await SayAsync("I have a question");

        Pass(29);
        var refused = Assert.IsType<ClaimResult.NotDue>(await ClaimAsync());
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromSeconds(1), refused.At);

        Pass(1);
        Assert.Equal(["Hi there", "I have a question"], Texts(await ClaimedAsync()));
        Assert.IsType<ClaimResult.Nothing>(await ClaimAsync());
    }

    [Fact]
    public async Task Of_racing_claims_one_wins()
    {
        await SayAsync("Hi");
        Pass(31);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => ClaimAsync(), Cancellation)));

        Assert.Single(results.OfType<ClaimResult.Claimed>());
        Assert.Equal(19, results.OfType<ClaimResult.Nothing>().Count());
    }

    [Fact]
    public async Task The_wait_is_capped_from_the_first_message()
    {
        for (var i = 0; i < 6; i++)
        {
            await SayAsync($"message {i}");
            Pass(20);
        }

        Assert.Equal(6, (await ClaimedAsync()).Messages.Count);
    }

    [Fact]
    public async Task A_full_burst_is_due_at_once()
    {
        var window = Window with { MaxMessages = 3 };
        await SayAsync("1");
        await SayAsync("2");
        Assert.IsType<ClaimResult.NotDue>(await Store.ClaimAsync(Ann, window, Stale, Cancellation));

        await SayAsync("3");

        Assert.IsType<ClaimResult.Claimed>(await Store.ClaimAsync(Ann, window, Stale, Cancellation));
    }

    [Fact]
    public async Task Messages_are_ordered_by_when_they_were_said()
    {
        await SayAsync("second", saidAt: Time.GetUtcNow() - TimeSpan.FromSeconds(5));
        await SayAsync("first", saidAt: Time.GetUtcNow() - TimeSpan.FromSeconds(9));
        Pass(31);

        Assert.Equal(["first", "second"], Texts(await ClaimedAsync()));
    }

    [Fact]
    public async Task A_burst_holds_one_channel()
    {
        await SayAsync("by SMS");
        await SayAsync("by WhatsApp", channel: "WhatsApp");
        Pass(31);

        var first = await ClaimedAsync();
        Assert.Equal(["by SMS"], Texts(first));
        Assert.IsType<ClaimResult.Nothing>(await ClaimAsync());

        Assert.True(await Store.EndAsync(first.Ticket, BatchState.Suppressed, "test", Cancellation));
        var second = await ClaimedAsync();
        Assert.Equal("WhatsApp", second.Lane.Channel);
    }

    [Fact]
    public async Task What_is_open_is_due_at_the_same_time_after_a_restart()
    {
        await SayAsync("Hi");
        var before = await Store.NextStepAsync(Ann, Window, Cancellation);

        await RestartAsync();

        Assert.NotNull(before);
        Assert.Equal(before, await Store.NextStepAsync(Ann, Window, Cancellation));
    }

    [Fact]
    public async Task A_reply_cut_off_by_a_crash_is_written_again_with_the_same_messages()
    {
        await SayAsync("Hi");
        Pass(31);
        var lost = await ClaimedAsync();
        await Store.BeginReplyAsync(lost.Ticket, Cancellation);

        await CrashAsync();
        var again = await ClaimedAsync();

        Assert.Equal(lost.Name, again.Name);
        Assert.Equal(["Hi"], Texts(again));
        Assert.False(await Store.SaveReplyAsync(lost.Ticket, Reply("too late"), Cancellation));
    }

    [Fact]
    public async Task A_stored_reply_survives_a_crash_and_is_not_written_again()
    {
        await SayAsync("Hi");
        await RepliedAsync("Hello Ann");

        await CrashAsync();
        var again = await ClaimedAsync();

        Assert.Equal(BatchState.Replied, again.State);
        Assert.Equal("Hello Ann", again.Reply?.Text);
    }

    [Fact]
    public async Task Five_attempts_without_an_outcome_dead_letter_the_batch()
    {
        var said = await SayAsync("a burst that kills the process");
        Pass(31);
        for (var i = 0; i < 5; i++)
        {
            await ClaimedAsync();
            await CrashAsync();
        }

        // Where nodes share the store it is the next claim that finds the last attempt dead.
        Assert.True(await ClaimAsync() is ClaimResult.Nothing or ClaimResult.Ended { State: BatchState.DeadLettered });
        Assert.IsType<ClaimResult.Nothing>(await ClaimAsync());
        Assert.Equal("dead_lettered", (await FateAsync(said.Id)).State);
        Assert.Single(await Store.AttentionAsync(Cancellation));
    }

    [Fact]
    public async Task What_is_due_too_long_ago_is_held_as_stale_and_released_by_the_operator()
    {
        var said = await SayAsync("Hi");
        Pass(TimeSpan.FromHours(7).TotalSeconds);

        var ended = Assert.IsType<ClaimResult.Ended>(await ClaimAsync());
        Assert.Equal((BatchState.Held, "stale"), (ended.State, ended.Reason));
        var held = Assert.Single(await Store.EndedAsync(BatchState.Held, 0, 10, Cancellation));

        Assert.Equal(Ann, await Store.ReopenAsync(held.Batch, BatchState.Held, Cancellation));
        Assert.Equal(["Hi"], Texts(await ClaimedAsync()));
        Assert.Contains((await FateAsync(said.Id)).Steps, step => step.Name == "reopened");
    }

    [Fact]
    public async Task A_force_skips_the_wait_and_survives_a_restart()
    {
        await SayAsync("Hi");
        await SayAsync("there");

        var forced = await Store.ForceAsync(Ann, Cancellation);
        await RestartAsync();
        var batch = await ClaimedAsync();

        Assert.Equal(forced?.Batch, batch.Name);
        Assert.Equal(2, forced?.MessageCount);
        Assert.Null(await Store.ForceAsync(Ann, Cancellation));
    }

    [Fact]
    public async Task A_force_during_a_reply_runs_next()
    {
        await SayAsync("first");
        var batch = await RepliedAsync();
        await SayAsync("second");

        Assert.Equal(1, (await Store.ForceAsync(Ann, Cancellation))?.MessageCount);
        Assert.True(await Store.EndAsync(batch.Ticket, BatchState.Suppressed, "test", Cancellation));

        Assert.Equal(["second"], Texts(await ClaimedAsync()));
    }

    [Fact]
    public async Task A_wait_for_a_retry_is_ended_by_a_force()
    {
        await SayAsync("Hi");
        Pass(31);
        var batch = await ClaimedAsync();
        var later = Time.GetUtcNow() + TimeSpan.FromMinutes(5);
        Assert.True(await Store.ReleaseAsync(batch.Ticket, new Release.Retry("503", later, later), Cancellation));
        Assert.IsType<ClaimResult.NotDue>(await ClaimAsync());

        Assert.Equal(batch.Name, (await Store.ForceAsync(Ann, Cancellation))?.Batch);
        Assert.Equal(batch.Name, (await ClaimedAsync()).Name);
    }
}
