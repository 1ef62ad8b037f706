using System.Net;
using System.Text.Json;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Cluster;

/// <summary>An operator may ask any node: what one has stored or was told, the others show and do.</summary>
public sealed class OperatorOnAnyNodeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_waits_is_shown_by_every_node_and_forced_from_any(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(2, isCluster, ("MESSAGE_BATCH_WAIT_TIME", "300"));
        var (one, other) = (nodes.Nodes[0], nodes.Nodes[1]);
        var said = await nodes.SayAsync("ann", to: one);

        var queue = await other.GetAsync("/queue-status");
        Assert.Equal(1, queue.GetProperty("waiting").GetInt32());
        Assert.Equal(said.Text, queue.GetProperty("batch_details").GetProperty("ann").GetProperty("messages")[0].GetString());
        Assert.Equal("waiting", (await other.GetAsync("/batch-status/ann")).GetProperty("batch").GetProperty("state").GetString());
        Assert.Equal("open", (await other.GetAsync($"/messages?external_id={said.Id}&contact=ann")).GetProperty("state").GetString());

        var forced = await other.AskAsync("/force-process-batch/ann");

        Assert.Equal(1, forced?.GetProperty("message_count").GetInt32());
        await nodes.EverythingIsAnsweredOnceAsync();
        Assert.Contains(said.Text, (await one.GetAsync("/batch-status/ann")).GetProperty("last_reply").GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pause_told_to_one_node_holds_on_every_other_and_so_does_its_end(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(2, isCluster);
        var (one, other) = (nodes.Nodes[0], nodes.Nodes[1]);
        await one.AskAsync("/pause");
        await nodes.SayAsync("ann", to: other);
        await IsDueAsync(one, messages: 1);

        // Were the first one answered, this would be another burst.
        await nodes.SayAsync("ann", to: other);
        await IsDueAsync(one, messages: 2);
        Assert.Empty(nodes.Model.Calls);

        await one.AskAsync("/resume");

        await nodes.EverythingIsAnsweredOnceAsync();
        Assert.Single(nodes.Ghl.SentTo("ann"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_wait_time_told_to_one_node_is_that_of_all_and_of_what_waits_already(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(2, isCluster);
        var (one, other) = (nodes.Nodes[0], nodes.Nodes[1]);
        await one.AskAsync("/batch-config", new { batch_wait_time = 300 });
        await SeveralNodes.UntilAsync(() => other.GetAsync("/batch-config"), IsStored(300), "another node goes by its own wait time");
        await nodes.SayAsync("ann", to: other);
        Assert.InRange((await one.GetAsync("/batch-status/ann")).GetProperty("batch").GetProperty("time_remaining").GetInt32(), 100, 300);

        await one.AskAsync("/batch-config", new { batch_wait_time = 5 });

        await nodes.EverythingIsAnsweredOnceAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Erasing_a_contact_on_one_node_stops_the_reply_that_another_is_writing(bool isCluster)
    {
        await using var nodes = await SeveralNodes.StartAsync(2, isCluster);
        nodes.Model.Next(ModelAnswer.Says("never sent").After(new Gate()));
        await nodes.SayAsync("ann");
        var call = await nodes.Model.NextCallAsync(SeveralNodes.Soon);
        var other = nodes.OtherThan(nodes.Of(call));

        using var erased = await other.Client.DeleteAsync("/contacts/ann", Cancelled);

        Assert.True(erased.IsSuccessStatusCode, await erased.Content.ReadAsStringAsync(Cancelled));
        Assert.False(await call.Ended.WaitAsync(SeveralNodes.Soon, Cancelled));
        using var status = await nodes.Of(call).Client.GetAsync("/batch-status/ann", Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, status.StatusCode);
        Assert.Equal(0, (await nodes.Of(call).GetAsync("/queue-status")).GetProperty("active_batches").GetInt32());
        Assert.Empty(nodes.Ghl.SentTo("ann"));
    }

    private static Task IsDueAsync(LullProcess node, int messages) => SeveralNodes.UntilAsync(
        () => node.GetAsync("/batch-status/ann"),
        status => status.GetProperty("batch") is { ValueKind: JsonValueKind.Object } batch
            && batch.GetProperty("message_count").GetInt32() == messages && batch.GetProperty("time_remaining").GetInt32() == 0,
        "it is never due");

    private static Func<JsonElement, bool> IsStored(int seconds)
        => config => config.GetProperty("batch_wait_time").GetInt32() == seconds && config.GetProperty("source").GetString() == "stored";
}
