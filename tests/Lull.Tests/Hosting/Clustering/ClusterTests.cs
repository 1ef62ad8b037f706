using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Lull.Hosting;
using Lull.Hosting.Clustering;
using Orleans;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService;

namespace Lull.Tests.Hosting.Clustering;

/// <summary>Real silos that find each other through the database.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_find_each_other_call_each_other_and_open_one_port_each()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        var before = Listening();
        await using var one = await BareNode.StartAsync(database);
        await using var two = await BareNode.StartAsync(database);
        await using var three = await BareNode.StartAsync(database);

        SiloAddress[] all = [one.Address, two.Address, three.Address];
        foreach (var node in (BareNode[])[one, two, three])
        {
            Assert.Equal(all.ToHashSet(), (await node.Management.GetHosts(true, Cancelled)).Keys.ToHashSet());
            Assert.Equal(3, (await node.Management.GetRuntimeStatistics(all, Cancelled)).Length);
        }

        // Each has its web server's port besides.
        var opened = Listening().Except(before).ToList();
        Assert.All((int[])[one.Port, two.Port, three.Port], port => Assert.Contains(port, opened));
        Assert.DoesNotContain(30_000, opened);
    }

    [Fact]
    public async Task When_a_node_leaves_the_others_are_told_and_take_up_what_it_had_open()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        await using var stays = await BareNode.StartAsync(database);
        await using var leaves = await BareNode.StartAsync(database);
        await UntilAsync(async () => (await stays.Management.GetHosts(true, Cancelled)).Count == 2);
        Assert.Equal(0, stays.Line.Rereads);

        await leaves.StopAsync();

        await UntilAsync(() => Task.FromResult(stays.Line.Rereads > 0));
        Assert.Equal([stays.Address], (await stays.Management.GetHosts(true, Cancelled)).Keys);
    }

    [Fact]
    public async Task A_node_that_the_others_have_declared_dead_stops()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        await using var node = await BareNode.StartAsync(database);
        IMembershipTable table = database.Table();
        await UntilAsync(async () =>
        {
            var read = await table.ReadRowAsync(node.Address, Cancelled);
            var (entry, etag) = read.Members[0];
            entry.Status = SiloStatus.Dead;
            return await table.UpdateRowAsync(entry, etag, read.Version.Next(), Cancelled);
        });

        await UntilAsync(() => Task.FromResult(node.Stopping.IsCancellationRequested));
        Assert.True(node.FatalEnd.HasCome);
    }

    [Fact]
    public async Task A_node_that_cannot_reach_a_living_one_says_so_and_does_not_join()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        IMembershipTable table = database.Table();
        await table.InitializeMembershipTableAsync(true, Cancelled);

        // It heartbeats in the far future, so it is no dead entry; and nobody listens there.
        var unreachable = new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPAddress.Loopback, 1, 1),
            HostName = "unreachable",
            SiloName = "unreachable",
            Status = SiloStatus.Active,
            StartTime = TimeProvider.System.GetUtcNow().UtcDateTime,
            IAmAliveTime = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(1),
        };
        Assert.True(await table.InsertRowAsync(unreachable, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
        await using var node = BareNode.Build(database, options =>
        {
            options.MaxJoinAttemptTime = TimeSpan.FromSeconds(3);
            options.NumVotesForDeathDeclaration = 3;
        });

        var exception = await Assert.ThrowsAnyAsync<Exception>(node.StartAsync);

        Assert.True(AloneAtStart.IsUnreachable(exception), exception.ToString());
    }

    [Fact]
    public void A_node_listens_on_its_address_alone_or_everywhere_when_that_is_somebody_elses()
    {
        var local = ClusterEndpoint.Of(new() { Address = "127.0.0.1", Port = 7000 });
        Assert.Equal((new(IPAddress.Loopback, 7000), new(IPAddress.Loopback, 7000)), (local.Advertised, local.Listening));

        var translated = ClusterEndpoint.Of(new() { Address = "203.0.113.7", Port = 7000 });
        Assert.Equal((new(IPAddress.Parse("203.0.113.7"), 7000), new(IPAddress.Any, 7000)), (translated.Advertised, translated.Listening));

        var six = ClusterEndpoint.Of(new() { Address = "2001:db8::7", Port = 7000 });
        Assert.Equal(new(IPAddress.IPv6Any, 7000), six.Listening);

        Assert.Equal(IPAddress.Loopback, ClusterEndpoint.Of(new() { Address = "localhost" }).Advertised.Address);
        var nowhere = Assert.Throws<CannotListenException>(() => ClusterEndpoint.Of(new() { Address = "nowhere.invalid" }));
        Assert.Contains("CLUSTER_ADDRESS=nowhere.invalid", nowhere.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cluster_port_that_is_taken_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var refused = Assert.Throws<CannotListenException>(ClusterEndpoint.Of(new() { Address = "127.0.0.1", Port = port }).Probe);

        Assert.Contains("CLUSTER_PORT", refused.Message, StringComparison.Ordinal);
    }

    private static HashSet<int> Listening() => [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(endpoint => endpoint.Port)];

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(Patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (!await isTrue())
        {
            await pulse.WaitForNextTickAsync(patience.Token);
        }
    }
}
