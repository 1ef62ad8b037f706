using System.Diagnostics;
using Lull.Hosting;
using Lull.Tests.Harness;
using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.EndToEnd.Cluster;

/// <summary>Section 8 of the contract: any number of processes on one database, as a cluster and each by itself.</summary>
public sealed class SeveralNodesTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_burst_spread_over_three_nodes_gets_one_reply(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(3, isCluster);
        string[] contacts = ["ann", "bea", "cleo", "dora", "eve", "fay"];
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await Task.WhenAll(contacts.Select(contact => nodes.SayAsync(contact)));
        }

        await nodes.EverythingIsAnsweredOnceAsync();

        Assert.All(contacts, contact => Assert.Single(nodes.Ghl.SentTo(contact)));
    }

    [Fact]
    public async Task Through_a_pooler_that_gives_every_transaction_another_session_it_is_the_same()
    {
        var database = await TestDatabase.CreateAsync();
        await using var nodes = await SeveralNodes.StartOnAsync(
            database, 3, isCluster: true, ("DATABASE_URL", database.UrlThrough((await PgBouncerServer.SharedAsync()).Port)));
        string[] contacts = ["ann", "bea", "cleo", "dora", "eve", "fay"];
        await Task.WhenAll(contacts.Concat(contacts).Select(contact => nodes.SayAsync(contact)));
        await nodes.Nodes[0].KillAsync();

        await nodes.EverythingIsAnsweredOnceAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Through_a_pooler_that_keeps_a_session_for_each_connection_two_nodes_share_fifteen(bool isCluster)
    {
        var database = await TestDatabase.CreateAsync();
        await using var pooler = await PgBouncerServer.StartAsync(await PostgresServer.SharedAsync(), "pool_mode = session", "default_pool_size = 15");
        await using var nodes = await SeveralNodes.StartOnAsync(database, 2, isCluster, ("DATABASE_URL", database.UrlThrough(pooler.Port) + "?connection_limit=5"));
        string[] contacts = ["ann", "bea", "cleo", "dora", "eve", "fay"];
        await Task.WhenAll(contacts.Concat(contacts).Select(contact => nodes.SayAsync(contact)));
        await nodes.Nodes[0].KillAsync();

        await nodes.EverythingIsAnsweredOnceAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rolling_restart_while_everybody_writes_loses_nothing_and_answers_nothing_twice(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(3, isCluster);
        var writing = Task.WhenAll(Enumerable.Range(0, 40).Select(contact => nodes.SayUntilTakenAsync($"contact{contact}")));
        foreach (var node in nodes.Nodes)
        {
            Assert.Equal(ExitCodes.Done, await node.TerminateAsync());
            await node.StartAsync();
            await Task.WhenAll(Enumerable.Range(0, 10).Select(contact => nodes.SayUntilTakenAsync($"contact{contact}")));
        }

        await writing;
        await nodes.EverythingIsAnsweredOnceAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_newer_message_on_one_node_cancels_the_reply_that_another_is_writing(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(2, isCluster);
        nodes.Model.Next(ModelAnswer.Says("never sent").After(new Gate()));
        await nodes.SayAsync("ann");
        var call = await nodes.Model.NextCallAsync(SeveralNodes.Soon);

        await nodes.SayAsync("ann", to: nodes.OtherThan(nodes.Of(call)));

        Assert.False(await call.Ended.WaitAsync(SeveralNodes.Soon, Cancelled));
        await nodes.EverythingIsAnsweredOnceAsync();
        Assert.DoesNotContain("never sent", Assert.Single(nodes.Ghl.SentTo("ann")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_killed_under_load_leaves_nothing_unanswered_and_nothing_answered_twice(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(3, isCluster);
        var contacts = Enumerable.Range(0, 30).Select(number => $"contact{number}").ToList();
        await Task.WhenAll(contacts.Select(contact => nodes.SayAsync(contact)));

        // Some of its replies are never written, some are being sent, some bursts are not due yet.
        var held = new Gate();
        nodes.Model.Otherwise = call => nodes.Of(call) == nodes.Nodes[0] && call.Number % 2 == 0 ? ModelAnswer.Echo.After(held) : ModelAnswer.Echo;
        await nodes.Model.WaitForCallsAsync(call => nodes.Of(call) == nodes.Nodes[0], 2, SeveralNodes.Soon);
        await Task.WhenAll(contacts.Take(10).Select(contact => nodes.SayAsync("late-" + contact)));
        var process = nodes.Nodes[0].Id;
        await nodes.Nodes[0].KillAsync();
        var killedAt = Stopwatch.GetTimestamp();
        held.Open();

        await nodes.EverythingIsTakenUpFromAsync(process);

        // What was said last came due after the wait time; what the machine needs for a second of work is added.
        var (took, bound) = (Stopwatch.GetElapsedTime(killedAt), TimeSpan.FromSeconds(30) + SeveralNodes.Wait + nodes.Nodes[1].StartedIn);
        Assert.True(took <= bound, $"taken up {took.TotalSeconds:0.0} s after the kill, which was to be {bound.TotalSeconds:0.0} s");
        await nodes.EverythingIsAnsweredOnceAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_send_of_a_killed_node_is_taken_up_within_30_s_and_looked_for(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(3, isCluster);
        var held = new Gate();
        nodes.Ghl.NextSend(GhlAnswer.Accept.After(held));
        await nodes.SayAsync("ann");
        var sender = nodes.Of(await nodes.Model.NextCallAsync(SeveralNodes.Soon));
        await nodes.Ghl.WaitForAttemptsAsync(1, SeveralNodes.Soon);
        var process = sender.Id;
        await sender.KillAsync();
        var killedAt = Stopwatch.GetTimestamp();
        held.Open();

        await nodes.EverythingIsTakenUpFromAsync(process);

        var (took, bound) = (Stopwatch.GetElapsedTime(killedAt), TimeSpan.FromSeconds(30) + nodes.OtherThan(sender).StartedIn);
        Assert.True(took <= bound, $"taken up {took.TotalSeconds:0.0} s after the kill, which was to be {bound.TotalSeconds:0.0} s");
        await nodes.EverythingIsAnsweredOnceAsync();
        Assert.Single(nodes.Ghl.Attempts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_node_that_is_asked_to_stop_was_writing_another_writes(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(2, isCluster);
        nodes.Model.Next(ModelAnswer.Says("never sent").After(new Gate()));
        await nodes.SayAsync("ann");
        var call = await nodes.Model.NextCallAsync(SeveralNodes.Soon);
        await nodes.SayAsync("bea", to: nodes.Of(call));
        var askedAt = Stopwatch.GetTimestamp();

        Assert.Equal(ExitCodes.Done, await nodes.Of(call).TerminateAsync());

        Assert.False(await call.Ended.WaitAsync(SeveralNodes.Soon, Cancelled));
        await nodes.EverythingIsAnsweredOnceAsync();

        // It was told, it did not have to wait for a lease to end: that takes 20 s.
        var (took, bound) = (Stopwatch.GetElapsedTime(askedAt), TimeSpan.FromSeconds(15) + nodes.Nodes[1].StartedIn);
        Assert.True(took <= bound, $"answered {took.TotalSeconds:0.0} s after SIGTERM, which was to be {bound.TotalSeconds:0.0} s");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_stood_still_sends_nothing_that_others_took_over(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(2, isCluster);
        var held = new Gate();
        nodes.Model.Next(ModelAnswer.Says("never sent").After(held));
        await nodes.SayAsync("ann");
        var call = await nodes.Model.NextCallAsync(SeveralNodes.Soon);
        var still = nodes.Of(call);

        still.Signal("STOP");
        var other = nodes.OtherThan(still);
        await SeveralNodes.UntilAsync(() => Task.FromResult(nodes.Ghl.SentTo("ann").Count), count => count > 0, "nobody took over");
        held.Open();
        still.Signal("CONT");

        // It finds out by the ticket of its reply or by its lease; in a cluster the other has declared it dead besides.
        await SeveralNodes.UntilSaysAsync(still, "is no longer with attempt");
        if (isCluster)
        {
            Assert.Equal(ExitCodes.LeftCluster, await still.EndAsync(SeveralNodes.Soon));
        }

        Assert.DoesNotContain("never sent", Assert.Single(nodes.Ghl.SentTo("ann")), StringComparison.Ordinal);
        Assert.True(other.IsRunning);
    }
}
