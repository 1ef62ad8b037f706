using System.Net;
using System.Text.Json;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd;

/// <summary>Promise 3 and section 6 of the contract: one reply, after true silence.</summary>
public sealed class BurstTests
{
    private static readonly string[] Seed = ["Hi there", "I have a question", "About gym membership"];

    [Fact]
    public async Task Burst_of_three_messages_gets_one_reply()
    {
        await using var lull = await LullUnderTest.StartAsync();
        var receipts = new List<JsonElement>();
        foreach (var text in Seed)
        {
            receipts.Add(await lull.SayAsync(text));
            lull.Pass(20);
        }

        Assert.Empty(lull.Model.Calls);
        lull.Pass(10);
        var sent = await lull.Ghl.WaitForSendAsync("ann", 1, LullUnderTest.Soon);

        var call = Assert.Single(lull.Model.Calls);
        Assert.All(Seed, text => Assert.Contains(text, call.Burst, StringComparison.Ordinal));
        Assert.Equal("SMS", Assert.Single(sent).Type);
        foreach (var receipt in receipts)
        {
            var fate = await lull.FateAsync(receipt, "answered");
            Assert.Equal(3, fate.GetProperty("reply").GetProperty("message_count").GetInt32());
        }

        lull.Pass(3600);
        Assert.Single(lull.Model.Calls);
    }

    [Fact]
    public async Task A_bare_machine_rehearses_and_shows_what_it_was_given()
    {
        await using var lull = await LullUnderTest.RehearseAsync();
        foreach (var text in Seed)
        {
            await lull.SayAsync(text);
        }

        lull.Pass(30);
        var status = await lull.UntilAsync("/batch-status/ann", answer => answer.GetProperty("last_reply").ValueKind is JsonValueKind.Object, "the recorded reply");

        var reply = status.GetProperty("last_reply");
        Assert.Equal(3, reply.GetProperty("message_count").GetInt32());
        Assert.All(Seed, text => Assert.Contains(text, reply.GetProperty("text").GetString(), StringComparison.Ordinal));
        Assert.Empty(lull.Ghl.Attempts);
    }

    [Fact]
    public async Task A_burst_waits_through_a_restart_and_fires_on_time_without_another_message()
    {
        await using var lull = await LullUnderTest.StartAsync();
        await lull.SayAsync("Hi");
        lull.Pass(10);

        await lull.RestartAsync();
        lull.Pass(19);
        Assert.Equal(1, (await lull.GetAsync("/batch-status/ann")).GetProperty("batch").GetProperty("time_remaining").GetInt32());
        lull.Pass(1);

        await lull.Ghl.WaitForSendAsync("ann", 1, LullUnderTest.Soon);
    }

    [Fact]
    public async Task A_message_during_the_model_call_joins_the_burst()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Model.Next(ModelAnswer.Says("never sent").After(new Gate()));
        await lull.SayAsync("one");
        lull.Pass(30);
        var cancelled = await lull.Model.NextCallAsync(LullUnderTest.Soon);

        await lull.SayAsync("two");
        Assert.False(await cancelled.Ended.WaitAsync(LullUnderTest.Soon, TestContext.Current.CancellationToken));
        await lull.UntilAsync("/batch-status/ann", IsWaiting, "the released burst");
        lull.Pass(30);

        var sent = Assert.Single(await lull.Ghl.WaitForSendAsync("ann", 1, LullUnderTest.Soon));
        Assert.Contains("one", sent.Body, StringComparison.Ordinal);
        Assert.Contains("two", sent.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_two_restarts_the_reply_goes_out_and_later_messages_form_the_next_burst()
    {
        await using var lull = await LullUnderTest.StartAsync();
        var last = new Gate();
        lull.Model.Next(ModelAnswer.Echo.After(new Gate()), ModelAnswer.Echo.After(new Gate()), ModelAnswer.Echo.After(last));
        await lull.SayAsync("one");
        foreach (var text in (string[])["two", "three"])
        {
            lull.Pass(30);
            await lull.Model.NextCallAsync(LullUnderTest.Soon);
            await lull.SayAsync(text);
            await lull.UntilAsync("/batch-status/ann", IsWaiting, "the released burst");
        }

        lull.Pass(30);
        await lull.Model.NextCallAsync(LullUnderTest.Soon);
        var late = await lull.SayAsync("four");
        last.Open();

        Assert.DoesNotContain("four", (await lull.Ghl.WaitForSendAsync("ann", 1, LullUnderTest.Soon))[0].Body, StringComparison.Ordinal);
        lull.Pass(30);
        await lull.FateAsync(late, "answered");
        Assert.Equal(2, lull.Ghl.SentTo("ann").Count);
    }

    [Fact]
    public async Task A_force_races_the_timer_and_itself_and_gives_one_reply()
    {
        await using var lull = await LullUnderTest.StartAsync();
        await lull.SayAsync("Hi");
        lull.Pass(29.999);

        var forces = Enumerable.Range(0, 10).Select(_ => lull.Client.PostAsync("/force-process-batch/ann", null, TestContext.Current.CancellationToken)).ToList();
        lull.Pass(0.001);
        var answers = await Task.WhenAll(forces);

        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Accepted, HttpStatusCode.NotFound]));
        await lull.Ghl.WaitForSendAsync("ann", 1, LullUnderTest.Soon);
        lull.Pass(3600);
        Assert.Single(lull.Model.Calls);
        Assert.Single(lull.Ghl.SentTo("ann"));
    }

    [Fact]
    public async Task A_duplicate_is_answered_once_and_has_the_first_ones_id()
    {
        await using var lull = await LullUnderTest.StartAsync();
        var first = await lull.SayAsync("Hi", id: "m1");
        var copy = await lull.SayAsync("Hi", id: "m1");

        Assert.Equal("duplicate", copy.GetProperty("outcome").GetString());
        Assert.Equal(first.GetProperty("id").GetString(), copy.GetProperty("id").GetString());
        lull.Pass(30);
        Assert.Equal(1, (await lull.FateAsync(first, "answered")).GetProperty("reply").GetProperty("message_count").GetInt32());
    }

    [Fact]
    public async Task A_new_wait_time_is_followed_by_open_bursts_at_once_and_survives_a_restart()
    {
        await using var lull = await LullUnderTest.StartAsync();
        await lull.SayAsync("Hi");
        lull.Pass(10);

        await lull.PostAsync("/batch-config", new { batch_wait_time = 10 });
        await lull.Ghl.WaitForSendAsync("ann", 1, LullUnderTest.Soon);

        await lull.RestartAsync();
        Assert.Equal(10, (await lull.GetAsync("/batch-config")).GetProperty("batch_wait_time").GetInt32());
    }

    private static bool IsWaiting(JsonElement status)
        => status.GetProperty("batch") is { ValueKind: JsonValueKind.Object } batch && batch.GetProperty("state").GetString() == "waiting";
}
