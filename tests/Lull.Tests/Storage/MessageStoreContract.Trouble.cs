namespace Lull.Tests.Storage;

public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task Given_back_again_and_again_the_messages_can_always_be_claimed()
    {
        var said = await SayAsync("Hi");
        Pass(31);
        for (var again = 0; again < 5; again++)
        {
            var batch = await ClaimedAsync();
            Assert.True(await Store.EndAsync(batch.Ticket, BatchState.DeadLettered, "refused", Cancellation));
            Assert.NotNull(await Store.ReopenAsync(batch.Name, BatchState.DeadLettered, Cancellation));
        }

        Assert.Equal([said.Id], (await ClaimedAsync()).Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task A_send_that_ended_unforeseen_is_looked_for_and_in_the_end_held()
    {
        await SayAsync("Hi");
        var batch = await RepliedAsync();
        Assert.IsType<FenceResult.Send>(await Store.FenceAsync(batch.Ticket, Window, record: false, Cancellation));
        for (var attempt = 1; attempt < 5; attempt++)
        {
            Assert.True(await Store.ReleaseAsync(batch.Ticket, new Release.Lost("bug", Store.Now), Cancellation));
            batch = await ClaimedAsync();
            Assert.Equal(BatchState.Unknown, batch.State);
            Assert.NotNull(batch.Intent?.EndedAt);
        }

        Assert.True(await Store.ReleaseAsync(batch.Ticket, new Release.Lost("bug", Store.Now), Cancellation));
        Assert.Equal("delivery_unknown", Assert.Single(await Store.EndedAsync(BatchState.Held, 0, 10, Cancellation)).Reason);
    }

    [Fact]
    public async Task A_force_hurries_one_try_and_the_next_keeps_to_its_backoff()
    {
        await SayAsync("Hi");
        await SayAsync("on another channel", channel: "WhatsApp");
        await Store.ForceAsync(Ann, Cancellation);
        var batch = await ClaimedAsync();

        var at = Store.Now + TimeSpan.FromSeconds(20);
        Assert.True(await Store.ReleaseAsync(batch.Ticket, new Release.Retry("busy", at, at + TimeSpan.FromMinutes(15)), Cancellation));

        Assert.True((await Store.NextStepAsync(Ann, Window, Cancellation))?.DueAt >= at);
        await Store.ForceAsync(Ann, Cancellation);
        Assert.True((await Store.NextStepAsync(Ann, Window, Cancellation))?.DueAt <= Store.Now);
    }

    [Fact]
    public async Task A_burst_is_not_stale_while_the_contact_still_writes()
    {
        await SayAsync("said before the outage");
        Pass(7 * 3600);
        await SayAsync("anybody there?");

        Assert.Equal(2, (await ClaimedAsync()).Messages.Count);
    }

    [Fact]
    public async Task What_a_fault_keeps_waiting_keeps_its_place()
    {
        await SayAsync("Hi");
        Pass(31);
        var batch = await ClaimedAsync();
        Pass(10);
        Assert.True(await Store.ReleaseAsync(batch.Ticket, new Release.Faulted(Faulted.Model, "refused key"), Cancellation));

        Assert.Equal(batch.DueAt, (await Store.NextStepAsync(Ann, Window, Cancellation))?.DueAt);
    }
}
