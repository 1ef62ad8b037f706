using System.Text.Json;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd;

/// <summary>Sections 6 and 7 of the contract when the model or GHL does not play along: nothing is lost, nothing is sent twice.</summary>
public sealed class TroubleTests
{
    [Fact]
    public async Task A_passing_failure_of_the_model_is_retried()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Model.Next(ModelAnswer.Fails(503), ModelAnswer.Fails(429).RetryAfter("20"));
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        await lull.Model.NextCallAsync(LullUnderTest.Soon);

        await lull.FateAsync(said, "answered");
        Assert.Equal(3, lull.Model.Calls.Count);
        Assert.Single(lull.Ghl.SentTo("ann"));
    }

    [Fact]
    public async Task A_wrong_key_holds_everything_and_goes_on_by_itself_once_mended()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Model.Otherwise = _ => ModelAnswer.InvalidKey;
        var first = await lull.SayAsync("Hi");
        lull.Pass(30);
        var fate = await lull.FateAsync(first, "held");
        Assert.False(string.IsNullOrEmpty(fate.GetProperty("release").GetString()));
        Assert.Equal("degraded", (await lull.GetAsync("/health")).GetProperty("status").GetString());
        Assert.Contains("Replies wait", (await lull.GetAsync("/attention")).ToString(), StringComparison.Ordinal);

        var second = await lull.SayAsync("Hi", "bob");
        lull.Pass(31);
        await lull.FateAsync(second, "held");
        Assert.True(lull.Model.Calls.Count <= 2, "calls are stopped while the key is wrong");

        lull.Model.Otherwise = _ => ModelAnswer.Echo;
        lull.Pass(61);
        await lull.FateAsync(first, "answered");
        await lull.FateAsync(second, "answered");
        Assert.Equal("healthy", (await lull.GetAsync("/health")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_refused_burst_is_dead_lettered_and_can_be_retried()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Model.Next(ModelAnswer.Fails(400, "invalid_request"));
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        var fate = await lull.FateAsync(said, "dead_lettered");

        await lull.PostAsync($"/dead-letters/{Uri.EscapeDataString(fate.GetProperty("batch_id").GetString()!)}/retry");

        await lull.FateAsync(said, "answered");
    }

    [Fact]
    public async Task A_send_that_arrived_though_its_connection_was_cut_is_not_sent_again()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Ghl.NextSend(GhlAnswer.AcceptThenCut);
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        await lull.Ghl.NextAttemptAsync(LullUnderTest.Soon);

        await lull.FateAsync(said, "answered");
        Assert.Single(lull.Ghl.Attempts);
        Assert.Single(lull.Ghl.SentTo("ann"));
    }

    [Fact]
    public async Task A_send_that_did_not_arrive_is_sent_again_after_two_looks()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Ghl.NextSend(GhlAnswer.Cut);
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        await lull.Ghl.NextAttemptAsync(LullUnderTest.Soon);

        await lull.FateAsync(said, "answered");
        Assert.Equal(2, lull.Ghl.Attempts.Count);
        Assert.Single(lull.Ghl.SentTo("ann"));
    }

    [Fact]
    public async Task A_send_is_found_though_ghl_shows_it_late()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Ghl.LaggingReads = 1;
        lull.Ghl.NextSend(GhlAnswer.AcceptThenFail(502));
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        await lull.Ghl.NextAttemptAsync(LullUnderTest.Soon);

        await lull.FateAsync(said, "answered");
        Assert.Single(lull.Ghl.SentTo("ann"));
    }

    [Fact]
    public async Task A_conversation_that_ghl_does_not_show_yet_is_no_proof_that_nothing_arrived()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Ghl.HidesConversations = true;
        lull.Ghl.NextSend(GhlAnswer.AcceptThenCut);
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        await lull.Ghl.NextAttemptAsync(LullUnderTest.Soon);
        await lull.UntilAsync($"/messages/{said.GetProperty("id").GetString()}", _ => lull.Time.GetUtcNow().TimeOfDay > TimeSpan.FromHours(12.05), "three minutes");

        lull.Ghl.HidesConversations = false;
        await lull.FateAsync(said, "answered");
        Assert.Single(lull.Ghl.Attempts);
    }

    [Fact]
    public async Task What_cannot_be_read_back_is_held_and_never_sent_again_blindly()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Ghl.NextSend(GhlAnswer.AcceptThenCut);
        lull.Ghl.NextRead([.. Enumerable.Repeat(GhlAnswer.Refuse(500, "down"), 200)]);
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        await lull.Ghl.NextAttemptAsync(LullUnderTest.Soon);

        var fate = await UntilHeldAsync(lull, said);
        Assert.Equal("delivery_unknown", fate.GetProperty("reason").GetString());
        Assert.Single(lull.Ghl.Attempts);
    }

    [Fact]
    public async Task A_contact_that_does_not_want_messages_is_suppressed_in_ghls_words()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Ghl.NextSend(GhlAnswer.DndActive);
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);

        var fate = await lull.FateAsync(said, "suppressed");
        Assert.Contains("DND is active", fate.GetProperty("reason").GetString(), StringComparison.Ordinal);
        lull.Pass(3600);
        Assert.Single(lull.Ghl.Attempts);
    }

    [Fact]
    public async Task A_refused_token_keeps_the_written_reply_until_it_is_mended()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Ghl.OtherwiseSend = _ => GhlAnswer.Refuse(401, "Invalid token: access token is invalid");
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        await lull.FateAsync(said, "held");

        lull.Ghl.OtherwiseSend = _ => GhlAnswer.Accept;
        lull.Pass(61);
        await lull.FateAsync(said, "answered");
        Assert.Single(lull.Model.Calls);
    }

    [Fact]
    public async Task A_pause_stops_every_send_and_a_resume_lets_all_of_it_go()
    {
        await using var lull = await LullUnderTest.StartAsync();
        await lull.PostAsync("/pause");
        var said = await lull.SayAsync("Hi");
        lull.Pass(31);
        Assert.Equal("paused", (await lull.FateAsync(said, "held")).GetProperty("reason").GetString());
        Assert.Empty(lull.Model.Calls);

        await lull.PostAsync("/resume");
        await lull.FateAsync(said, "answered");
    }

    [Fact]
    public async Task A_paused_contact_is_not_answered_and_the_reply_in_writing_is_dropped()
    {
        await using var lull = await LullUnderTest.StartAsync();
        lull.Model.Next(ModelAnswer.Says("never sent").After(new Gate()));
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        await lull.Model.NextCallAsync(LullUnderTest.Soon);

        await lull.PostAsync("/conversations/ann/pause", new { minutes = 60 });

        await lull.FateAsync(said, "suppressed");
        Assert.Empty(lull.Ghl.Attempts);
    }

    [Fact]
    public async Task The_daily_budget_of_tokens_holds_bursts_until_the_next_day()
    {
        await using var lull = await LullUnderTest.StartAsync(("MODEL_TOKENS_PER_DAY", "1"));
        await lull.FateAsync(await SayAndWaitAsync(lull, "one"), "answered");

        var second = await SayAndWaitAsync(lull, "two");
        await lull.FateAsync(second, "held");
        lull.Pass(TimeSpan.FromHours(5).TotalSeconds);
        Assert.Single(lull.Model.Calls);
        Assert.Equal("degraded", (await lull.GetAsync("/health")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_larger_budget_counts_from_the_next_start()
    {
        await using var lull = await LullUnderTest.StartAsync(("MODEL_TOKENS_PER_DAY", "1"));
        await lull.FateAsync(await SayAndWaitAsync(lull, "one"), "answered");
        var second = await SayAndWaitAsync(lull, "two");
        await lull.FateAsync(second, "held");

        await lull.RestartAsync();
        await lull.FateAsync(second, "held");
        await lull.RestartAsync(("MODEL_TOKENS_PER_DAY", "1000000"));
        await lull.FateAsync(second, "answered");
    }

    [Fact]
    public async Task A_new_day_brings_a_new_budget()
    {
        await using var lull = await LullUnderTest.StartAsync(("MODEL_TOKENS_PER_DAY", "1"), ("STALE_AFTER", "1d"));
        await lull.FateAsync(await SayAndWaitAsync(lull, "one"), "answered");
        var second = await SayAndWaitAsync(lull, "two");
        await lull.FateAsync(second, "held");

        // The second reply spends the new day's budget too: what is left behind is that fault, not the old one.
        lull.Pass(TimeSpan.FromHours(12).TotalSeconds);
        await lull.FateAsync(second, "answered");
        lull.Pass(TimeSpan.FromHours(24).TotalSeconds);
        await lull.FateAsync(await SayAndWaitAsync(lull, "three"), "answered");
        Assert.Equal(3, lull.Model.Calls.Count);
    }

    private static async Task<JsonElement> SayAndWaitAsync(LullUnderTest lull, string text)
    {
        var said = await lull.SayAsync(text);
        lull.Pass(30);
        return said;
    }

    private static async Task<JsonElement> UntilHeldAsync(LullUnderTest lull, JsonElement said)
    {
        while (true)
        {
            lull.Pass(10);
            var fate = await lull.GetAsync($"/messages/{said.GetProperty("id").GetString()}");
            if (fate.GetProperty("state").GetString() == "held")
            {
                return fate;
            }

            Assert.True(lull.Time.GetUtcNow() < new DateTimeOffset(2026, 1, 5, 15, 0, 0, TimeSpan.Zero), $"it was not held: {fate}");
        }
    }
}
