namespace Lull.Tests.Storage;

/// <content>What a node asks about the steps it is taking.</content>
public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task A_message_is_stored_with_the_news_that_a_step_is_being_taken()
    {
        Assert.False((await SayAsync("Hi")).IsInFlight);
        Pass(31);
        var batch = await ClaimedAsync();

        Assert.True((await SayAsync("and")).IsInFlight);
        Assert.False((await SayAsync("Hi", new("default", "bea"))).IsInFlight);

        await Store.ReleaseAsync(batch.Ticket, new Release.Newer(), Cancellation);
        Assert.False((await SayAsync("more")).IsInFlight);
    }

    [Fact]
    public async Task All_running_steps_are_asked_about_at_once()
    {
        ConversationId bea = new("default", "bea");
        await SayAsync("Hi");
        await SayAsync("Hi", bea);
        Pass(31);
        var (ann, other) = (await ClaimedAsync(), await ClaimedAsync(bea));
        Assert.Equal([ann.Ticket, other.Ticket], await Store.RenewAsync([ann.Ticket, other.Ticket], Cancellation));
        Assert.Empty(await Store.WithNewerAsync([ann.Ticket, other.Ticket], Window, Cancellation));

        await SayAsync("and", bea);
        Assert.Equal([other.Ticket], await Store.WithNewerAsync([ann.Ticket, other.Ticket], Window, Cancellation));

        await Store.ReleaseAsync(other.Ticket, new Release.Newer(), Cancellation);
        Assert.Equal([ann.Ticket], await Store.RenewAsync([ann.Ticket, other.Ticket, ann.Ticket with { Attempt = 7 }], Cancellation));
        Assert.Empty(await Store.RenewAsync([], Cancellation));
        Assert.Empty(await Store.WithNewerAsync([], Window, Cancellation));
    }

    [Fact]
    public async Task What_is_not_due_before_a_time_is_left_out()
    {
        ConversationId bea = new("default", "bea");
        await SayAsync("Hi");
        Pass(10);
        await SayAsync("Hi", bea);
        var between = Store.Now + TimeSpan.FromSeconds(25);

        Assert.Equal([Ann], await DueAsync(between));
        Assert.Equal(2, (await DueAsync(null)).Count);
        Assert.Empty(await DueAsync(Store.Now));
    }

    private async Task<List<ConversationId>> DueAsync(DateTimeOffset? dueBefore)
    {
        List<ConversationId> due = [];
        await foreach (var step in Store.OpenStepsAsync(Window, dueBefore, Cancellation))
        {
            due.Add(step.Conversation);
        }

        return due;
    }
}
