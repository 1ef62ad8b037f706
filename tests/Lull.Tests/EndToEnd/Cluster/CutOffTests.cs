using Lull.Hosting;
using Lull.Tests.Harness;
using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.EndToEnd.Cluster;

/// <summary>A node that is alive and no longer reaches the database, or no longer reaches the other nodes: the network swallows what they say to each other.</summary>
public sealed class CutOffTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_node_cut_off_from_the_database_was_writing_another_answers_and_the_node_comes_back(bool isCluster)
    {
        var database = await TestDatabase.CreateAsync();
        CuttingProxy[] ways = [CuttingProxy.To(database.Port), CuttingProxy.To(database.Port)];
        await using var nodes = await SeveralNodes.StartEachAsync(database, 2, isCluster, number => [("DATABASE_URL", database.UrlThrough(ways[number].Port))]);
        var held = new Gate();
        nodes.Model.Next(ModelAnswer.Says("never sent").After(held));
        await nodes.SayAsync("ann");
        var call = await nodes.Model.NextCallAsync(SeveralNodes.Soon);
        var (cut, way) = (nodes.Of(call), ways[nodes.Of(call) == nodes.Nodes[0] ? 0 : 1]);

        way.Refuse();
        way.Stall();
        var other = nodes.OtherThan(cut);
        await nodes.SayAsync("bea", to: other);
        await SeveralNodes.UntilAsync(() => Task.FromResult(nodes.Ghl.SentTo("ann").Count), count => count > 0, "nobody took over");
        held.Open();
        way.Resume();

        await nodes.SayUntilTakenAsync("cleo");
        await nodes.EverythingIsAnsweredOnceAsync();
        Assert.DoesNotContain("never sent", Assert.Single(nodes.Ghl.SentTo("ann")), StringComparison.Ordinal);
        await SeveralNodes.UntilAsync(() => cut.SayAsync("<dora>", "dora", "dora"), isTaken => isTaken, "the node does not come back");
        await Task.WhenAll(ways.Select(one => one.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Nodes_cut_off_from_each_other_answer_everything_once_and_one_of_them_asks_to_be_started_again()
    {
        var database = await TestDatabase.CreateAsync();
        int[] listening = [ServerTools.FreePort(), ServerTools.FreePort()];
        CuttingProxy[] ways = [.. listening.Select(CuttingProxy.To)];
        await using var nodes = await SeveralNodes.StartEachAsync(
            database, 2, isCluster: true, number => [("CLUSTER_PORT", $"{ways[number].Port}"), ("CLUSTER_LISTEN_PORT", $"{listening[number]}")]);
        await SeveralNodes.UntilAsync(() => Task.FromResult(ways.Sum(way => way.Accepted)), count => count > 0, "the nodes do not talk to each other");
        var held = new Gate();
        nodes.Model.Next(ModelAnswer.Says("never sent").After(held));
        await nodes.SayAsync("ann");
        var call = await nodes.Model.NextCallAsync(SeveralNodes.Soon);

        Array.ForEach(ways, way => way.Refuse());
        Array.ForEach(ways, way => way.Stall());

        // It is heard of through the database alone.
        await nodes.SayAsync("ann", to: nodes.OtherThan(nodes.Of(call)));
        Assert.False(await call.Ended.WaitAsync(SeveralNodes.Soon, Cancelled));
        for (var contact = 0; contact < 10; contact++)
        {
            await nodes.SayAsync($"contact{contact}");
        }

        var gone = await Task.WhenAny(nodes.Nodes.Select(EndAsync)).WaitAsync(SeveralNodes.Soon, Cancelled);
        Assert.Equal(ExitCodes.LeftCluster, await (await gone).EndAsync());
        Array.ForEach(ways, way => way.Resume());
        await (await gone).StartAsync();
        await nodes.SayAsync("late", to: await gone);

        await nodes.EverythingIsAnsweredOnceAsync();
        Assert.DoesNotContain("never sent", string.Join(' ', nodes.Ghl.SentTo("ann")), StringComparison.Ordinal);
        await Task.WhenAll(ways.Select(one => one.DisposeAsync().AsTask()));
    }

    private static async Task<LullProcess> EndAsync(LullProcess node)
    {
        await node.EndAsync(SeveralNodes.Soon);
        return node;
    }
}
