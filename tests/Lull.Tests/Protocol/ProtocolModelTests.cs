namespace Lull.Tests.Protocol;

/// <summary>The protocol among several nodes, explored without gaps: with all its guards it keeps every promise, and without any one of them it does not.</summary>
public sealed class ProtocolModelTests(ITestOutputHelper output)
{
    private const string Twice = "no reply is accepted twice";

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    public void With_all_guards_every_promise_holds_in_every_state(int nodes, int faults)
    {
        var all = Exploration.Of(new(Guards.All, nodes, faults));

        output.WriteLine($"{nodes} nodes, 2 messages, up to {faults} faults: {all.States:N0} states, {all.Steps:N0} steps, {Promises.Count} promises hold in each:");
        foreach (var promise in (IEnumerable<string>)[.. Promises.OfStates.Select(promise => promise.Name), .. Promises.OfSteps.Select(promise => promise.Name), Promises.Progress])
        {
            output.WriteLine($"  {promise}");
        }

        Assert.Empty(Told(all));
        Assert.True(all.States > 10_000, $"Only {all.States} states: the model does not do what it is to explore.");
    }

    [Theory]
    [InlineData(nameof(Guards.CommitBeforeAcknowledging), "no acknowledged message is lost")]
    [InlineData(nameof(Guards.ClaimTakesTheRowsItSaw), "a message is open or in one batch that lists it")]
    [InlineData(nameof(Guards.OneUnfinishedBatch), "a conversation has at most one unfinished batch")]
    [InlineData(nameof(Guards.LiveLeaseIsRespected), Twice)]
    [InlineData(nameof(Guards.LeasesEnd), Promises.Progress)]
    [InlineData(nameof(Guards.RecoveryFindsOverdue), Promises.Progress)]
    [InlineData(nameof(Guards.StepsCarryTheTicket), "what is answered was in the prompt")]
    [InlineData(nameof(Guards.FenceNeedsLiveLease), Twice)]
    [InlineData(nameof(Guards.FenceLooksForNewer), "no reply passes the fence when something newer was said")]
    [InlineData(nameof(Guards.IntentBeforeSend), Twice)]
    [InlineData(nameof(Guards.TwelveSecondsLeft), Twice)]
    [InlineData(nameof(Guards.TenSecondsGrace), Twice)]
    [InlineData(nameof(Guards.SendsTimeOut), Twice)]
    [InlineData(nameof(Guards.UnknownIsReadBack), Twice)]
    [InlineData(nameof(Guards.WaitBeforeReading), Twice)]
    [InlineData(nameof(Guards.ReadTwice), Twice)]
    [InlineData(nameof(Guards.MatchIsNotAnothers), "what is answered was sent")]
    public void Without_any_one_guard_a_promise_is_broken(string guard, string promise)
    {
        var broken = Exploration.Of(new(Guards.All & ~Enum.Parse<Guards>(guard), nodes: 2, maxFaults: 2), stopAtFirst: true);

        Told(broken).ForEach(output.WriteLine);
        Assert.Contains(promise, broken.Broken.Keys);
    }

    [Fact]
    public void Every_guard_is_broken_by_a_test()
    {
        var broken = typeof(ProtocolModelTests).GetMethod(nameof(Without_any_one_guard_a_promise_is_broken))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false).Select(data => (string)((InlineDataAttribute)data).Data[0]!);

        Assert.Equal(Enum.GetNames<Guards>().Except([nameof(Guards.None), nameof(Guards.All)]).Order(), broken.Order());
    }

    [Fact]
    public void A_node_frozen_between_its_fence_and_the_socket_can_send_twice_and_breaks_nothing_else()
    {
        var admitted = Exploration.Of(new(Guards.All, nodes: 2, maxFaults: 2, canFreeze: true));

        Told(admitted).ForEach(output.WriteLine);
        Assert.Equal([Twice], admitted.Broken.Keys);
        Assert.Contains(admitted.Broken[Twice], step => step.StartsWith("the node freezes", StringComparison.Ordinal));
    }

    private static List<string> Told(Exploration exploration)
        => [.. exploration.Broken.SelectMany(broken => (IEnumerable<string>)[$"BROKEN: {broken.Key}", .. broken.Value.Select((step, n) => $"  {n + 1}. {step}")])];
}
