using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd;

/// <summary>Promises 2 and 3 where one thing in trouble could keep another waiting: nothing is forgotten, and everything goes on by itself.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task A_stopped_location_with_thousands_waiting_keeps_no_other_waiting_after_a_restart()
    {
        await using var lull = await LullUnderTest.RehearseAsync();
        await lull.PostAsync("/pause", new { location = "stopped" });
        await Parallel.ForAsync(0, 1100, TestContext.Current.CancellationToken, async (i, _) => await lull.SayAsync("Hi", $"c{i}", location: "stopped"));
        lull.Pass(5);
        var other = await lull.SayAsync("Hi", "ann", location: "open");
        await lull.RestartAsync();

        // All of the stopped location wait first.
        lull.Pass(26);

        await lull.FateAsync(other, "answered");
    }

    [Fact]
    public async Task A_force_acts_at_once_though_its_burst_was_just_found_not_due()
    {
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", "1"), ("MESSAGE_BATCH_WAIT_TIME", "300"), ("MESSAGE_BATCH_MAX_WAIT", "3600"));
        var gate = new Gate();
        lull.Model.Next(ModelAnswer.Echo.After(gate));
        await lull.SayAsync("first in line", "bob");
        lull.Pass(1);
        var said = await lull.SayAsync("Hi");
        lull.Pass(1);
        var last = await lull.SayAsync("last in line", "cat");
        lull.Pass(301);
        await lull.Model.NextCallAsync(LullUnderTest.Soon);
        await lull.FateAsync(last, "open");
        await lull.SayAsync("and");
        gate.Open();
        await lull.FateAsync(last, "answered");

        await lull.PostAsync("/force-process-batch/ann");
        var from = lull.Time.GetUtcNow();

        await lull.FateAsync(said, "answered");
        Assert.True(lull.Time.GetUtcNow() - from < TimeSpan.FromSeconds(200), "it skips the wait");
    }

    [Fact]
    public async Task A_burst_that_alone_fails_for_long_is_held_and_stops_nobody_else()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Model.Otherwise = call => call.Burst.Contains("poison", StringComparison.Ordinal) ? ModelAnswer.Fails(503) : ModelAnswer.Echo;
        var poison = await lull.SayAsync("poison");
        for (var minute = 0; minute < 20; minute++)
        {
            var other = await lull.SayAsync("Hi", $"c{minute}");
            lull.Pass(31);
            await lull.FateAsync(other, "answered");
            lull.Pass(29);
        }

        // Had the model been taken to be at fault, even for a moment, the operator would have been told.
        Assert.Equal("healthy", (await lull.GetAsync("/health")).GetProperty("status").GetString());
        Assert.DoesNotContain("Replies wait", (await lull.GetAsync("/attention")).ToString(), StringComparison.Ordinal);
        await lull.FateAsync(poison, "held");
        lull.Model.Otherwise = _ => ModelAnswer.Echo;
        lull.Pass(61);
        await lull.FateAsync(poison, "answered");
    }

    [Fact]
    public async Task A_machine_clock_set_back_lets_no_reply_go_out_twice()
    {
        await using var lull = await LullUnderTest.StartAsync();
        var first = await lull.SayAsync("Hi");
        lull.Pass(31);
        await lull.FateAsync(first, "answered");
        lull.Time.AdjustTime(lull.Time.GetUtcNow().AddHours(-1));
        await lull.RestartAsync();

        lull.Ghl.NextSend(GhlAnswer.AcceptThenCut);
        var second = await lull.SayAsync("again");
        lull.Pass(31);
        await lull.Ghl.WaitForSendAsync("ann", 2, LullUnderTest.Soon);

        await lull.FateAsync(second, "answered");
        Assert.Equal(2, lull.Ghl.SentTo("ann").Count);
    }

    [Fact]
    public async Task After_a_mended_key_the_first_due_is_answered_first()
    {
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", "1"));
        var gate = new Gate();
        lull.Model.Next(ModelAnswer.InvalidKey.After(gate));
        var first = await lull.SayAsync("first", "c0");
        for (var i = 1; i < 6; i++)
        {
            lull.Pass(1);
            await lull.SayAsync($"number {i}", $"c{i}");
        }

        lull.Pass(25);
        await lull.Model.NextCallAsync(LullUnderTest.Soon);
        lull.Pass(6);
        gate.Open();
        await lull.FateAsync(first, "held");
        await lull.UntilAsync("/queue-status", _ => lull.Waiting == 6, "the line of all six");
        lull.Pass(61);

        var calls = await lull.Model.WaitForCallsAsync(_ => true, 7, LullUnderTest.Soon);
        Assert.Equal(["first", "first", "number 1", "number 2", "number 3", "number 4", "number 5"], calls.Select(call => call.Burst.Trim()));
    }
}
