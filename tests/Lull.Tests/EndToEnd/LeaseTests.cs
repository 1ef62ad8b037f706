using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd;

/// <summary>What a node does about its leases, on a store that others share: the others' part is played by the test.</summary>
public sealed class LeaseTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fence_that_was_answered_too_late_for_its_lease_is_followed_by_no_send_but_by_another_fence()
    {
        await using var lull = await LullUnderTest.ShareAsync();
        List<int> attempts = [];
        lull.Store.AfterFence = count =>
        {
            attempts.Add(lull.Ghl.Attempts.Count);
            if (count <= 2)
            {
                lull.Pass(8);
            }
        };
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);

        await lull.FateAsync(said, "answered");

        Assert.Equal([0, 0, 0], attempts);
        Assert.Single(lull.Ghl.Attempts);
    }

    [Fact]
    public async Task A_step_whose_lease_was_lost_is_cut_short_and_changes_nothing_more()
    {
        await using var lull = await LullUnderTest.ShareAsync();
        lull.Model.Next(ModelAnswer.Says("never sent").After(new Gate()));
        lull.Store.Renewed = _ => [];
        await lull.SayAsync("Hi");
        lull.Pass(30);
        var call = await lull.Model.NextCallAsync(LullUnderTest.Soon);

        while (!call.Ended.IsCompleted)
        {
            await lull.GetAsync("/queue-status");
            lull.Pass(0.1);
        }

        Assert.False(await call.Ended);
        Assert.Equal("replying", (await lull.GetAsync("/batch-status/ann")).GetProperty("batch").GetProperty("state").GetString());
        Assert.Equal(0, lull.Store.Released);
        Assert.Empty(lull.Ghl.Attempts);
    }

    [Fact]
    public async Task Something_newer_that_another_node_stored_cuts_the_reply_short_and_gives_the_burst_back()
    {
        await using var lull = await LullUnderTest.ShareAsync();
        lull.Model.Next(ModelAnswer.Says("never sent").After(new Gate()));
        var isTold = false;
        lull.Store.Newer = running => !isTold && (isTold = true) ? running : [];
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        var call = await lull.Model.NextCallAsync(LullUnderTest.Soon);

        await lull.FateAsync(said, "answered");

        Assert.False(await call.Ended.WaitAsync(LullUnderTest.Soon, Cancelled));
        Assert.Equal(1, lull.Store.Released);
        Assert.DoesNotContain("never sent", Assert.Single(lull.Ghl.Sent).Body, StringComparison.Ordinal);
    }
}
