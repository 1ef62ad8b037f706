using Lull.Tests.Harness;
using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.EndToEnd.Cluster;

/// <summary>A process that is stopped (SIGSTOP) right after a step, for as long as others need to take over and answer, and then goes on where it stood.</summary>
public sealed class StandstillTests
{
    [Fact]
    public Task A_node_that_stood_still_after_any_step_sends_nothing_that_others_took_over()
        => Task.WhenAll(((string[])["claim.claimed", "begin-reply", "write", "save-reply", "fence.send", "send.delivered"]).Select(StandAsync));

    private static async Task StandAsync(string step)
    {
        await using var nodes = await SeveralNodes.StartEachAsync(await TestDatabase.CreateAsync(), 1, isCluster: false, _ => [("LULL_CRASH_AT", "")]);
        var still = nodes.Nodes[0];
        await still.KillAsync();
        await still.StartToDieAsync($"{step}:stands");
        await nodes.SayAsync("ann", to: still);
        await SeveralNodes.UntilAsync(() => Task.FromResult(still.Reached), reached => reached is not null, $"{step} is not reached");

        await using var other = nodes.Another();
        await other.StartAsync();
        await SeveralNodes.UntilAsync(
            () => other.GetAsync($"/messages?external_id={nodes.Acknowledged.First().Id}&contact=ann"), fate => fate.GetProperty("state").GetString() == "answered", $"{step}: nobody took over");
        still.Signal("CONT");

        // It is back at work: it takes and answers the next one, and nothing goes out a second time.
        await nodes.SayAsync("bea", to: still);
        await nodes.EverythingIsAnsweredOnceAsync();
        Assert.Single(nodes.Ghl.SentTo("ann"));
    }
}
