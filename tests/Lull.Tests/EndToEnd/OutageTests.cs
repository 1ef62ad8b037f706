using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd;

/// <summary>The model or GHL is slow or away for minutes: nobody who writes notices, few calls are made, and afterwards each is answered once.</summary>
public sealed class OutageTests
{
    private const int Contacts = 40, AtOnce = 5, Minutes = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_model_that_takes_30_seconds_has_only_so_many_calls_at_once_and_serves_all_in_due_order()
    {
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", $"{AtOnce}"));
        var timers = new ConcurrentBag<ITimer>();
        lull.Model.Otherwise = _ => ModelAnswer.Echo.After(OpenedAfter(lull.Time, TimeSpan.FromSeconds(30), timers));
        for (var i = 0; i < AtOnce; i++)
        {
            await lull.SayAsync("first", $"first{i}");
        }

        lull.Pass(10);
        for (var i = 0; i < Contacts; i++)
        {
            await lull.SayAsync($"{i}", $"c{i}");
            lull.Pass(0.1);
        }

        lull.Pass(16);
        await lull.Model.WaitForCallsAsync(_ => true, AtOnce, Patience);
        lull.Pass(14);
        await lull.UntilAsync("/queue-status", _ => lull.Waiting == Contacts, "the line of all that are due", Patience);
        for (var round = 1; round <= Contacts / AtOnce; round++)
        {
            Assert.Equal(AtOnce * round, lull.Model.Calls.Count);
            await lull.SayAsync("someone else", $"late{round}");
            lull.Pass(30);
            var calls = await lull.Model.WaitForCallsAsync(_ => true, AtOnce * (round + 1), Patience);
            Assert.Equal(
                Enumerable.Range((round - 1) * AtOnce, AtOnce),
                calls.Skip(round * AtOnce).Take(AtOnce).Select(call => int.Parse(call.Burst, CultureInfo.InvariantCulture)).Order());
        }

        Assert.Equal(AtOnce, lull.Model.MostAtOnce);
    }

    [Fact]
    public async Task A_model_that_fails_for_ten_minutes_is_not_stormed_and_everyone_is_answered_once_afterwards()
    {
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", $"{AtOnce}"));
        lull.Model.Otherwise = _ => ModelAnswer.Fails(500);
        var from = lull.Time.GetUtcNow();
        await SayAllAsync(lull);
        await lull.UntilAsync("/queue-status?limit=1", _ => lull.Model.Calls.Select(call => call.Burst).Distinct().Count() == Contacts, "a first try of each", Patience);
        await OutageAsync(lull);

        // Waits of at least 0.5, 1, 2, 4, 8, 16 and then 30 s between two tries, however far the clock was moved.
        var most = 1 + 6 + (int)((lull.Time.GetUtcNow() - from).TotalSeconds / 30);
        Assert.All(lull.Model.Calls.CountBy(call => call.Burst.Trim()), tries => Assert.InRange(tries.Value, 1, most));
        lull.Model.Otherwise = _ => ModelAnswer.Echo;
        await AllAreAnsweredOnceAsync(lull);
        Assert.InRange(lull.Model.MostAtOnce, 1, AtOnce);
    }

    [Fact]
    public async Task A_refused_key_costs_one_call_a_minute_however_many_wait()
    {
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", $"{AtOnce}"));
        lull.Model.Otherwise = _ => ModelAnswer.InvalidKey;
        await SayAllAsync(lull);
        await OutageAsync(lull);

        Assert.InRange(lull.Model.Calls.Count, 2, AtOnce + Minutes + 1);
        lull.Model.Otherwise = _ => ModelAnswer.Echo;
        await AllAreAnsweredOnceAsync(lull);
        Assert.Equal("healthy", (await lull.GetAsync("/health")).GetProperty("status").GetString());
        Assert.InRange(lull.Model.MostAtOnce, 1, AtOnce);
    }

    [Fact]
    public async Task A_refused_token_costs_one_send_a_minute_however_many_replies_wait()
    {
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", $"{AtOnce}"));
        lull.Ghl.OtherwiseSend = _ => GhlAnswer.Refuse(401, "Invalid token: access token is invalid");
        await SayAllAsync(lull);
        await OutageAsync(lull);
        TestContext.Current.SendDiagnosticMessage("401: {0} attempts, {1} calls", lull.Ghl.Attempts.Count, lull.Model.Calls.Count);

        Assert.InRange(lull.Ghl.Attempts.Count, 1, AtOnce + Minutes + 1);
        lull.Ghl.OtherwiseSend = _ => GhlAnswer.Accept;
        await AllAreAnsweredOnceAsync(lull);

        // A written reply is kept; only a call that the moved clock timed out is made again.
        Assert.InRange(lull.Model.Calls.Count, Contacts, Contacts + AtOnce);
        Assert.Equal("healthy", (await lull.GetAsync("/health")).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task GHL_that_refuses_for_ten_minutes_is_not_stormed_and_gets_each_written_reply_once_afterwards(int status)
    {
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", $"{AtOnce}"));
        lull.Ghl.OtherwiseSend = _ => Refusal(status);
        var from = lull.Time.GetUtcNow();
        await SayAllAsync(lull);
        await lull.UntilAsync("/queue-status?limit=1", _ => lull.Ghl.Attempts.Select(To).Distinct().Count() == Contacts, "a first try of each", Patience);
        await OutageAsync(lull);

        // Retry-After, or the two looks for a send in doubt: 20 s at least, 30 s after the sixth failure.
        var most = 1 + 6 + (int)((lull.Time.GetUtcNow() - from).TotalSeconds / 30);
        Assert.All(lull.Ghl.Attempts.CountBy(To), tries => Assert.InRange(tries.Value, 1, most));
        lull.Ghl.OtherwiseSend = _ => GhlAnswer.Accept;
        await AllAreAnsweredOnceAsync(lull);
        Assert.InRange(lull.Model.Calls.Count, Contacts, Contacts + AtOnce);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    public async Task GHL_that_refuses_for_longer_than_retries_last_is_named_by_health_and_probed_once_a_minute(int status)
    {
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", $"{AtOnce}"));
        lull.Ghl.OtherwiseSend = _ => Refusal(status);
        await SayAllAsync(lull);
        await lull.UntilAsync("/queue-status?limit=1", _ => lull.Ghl.Attempts.Select(To).Distinct().Count() == Contacts, "a first try of each", Patience);
        await OutageAsync(lull);
        await OutageAsync(lull);

        var health = await lull.UntilAsync("/health", health => health.GetProperty("status").GetString() == "degraded", "a fault that is named", Patience);
        Assert.Contains("GoHighLevel", health.GetProperty("reasons").ToString(), StringComparison.OrdinalIgnoreCase);
        var tried = lull.Ghl.Attempts.Count;
        await OutageAsync(lull);
        Assert.InRange(lull.Ghl.Attempts.Count - tried, 1, AtOnce + Minutes + 1);

        lull.Ghl.OtherwiseSend = _ => GhlAnswer.Accept;
        await AllAreAnsweredOnceAsync(lull);
        Assert.Equal("healthy", (await lull.GetAsync("/health")).GetProperty("status").GetString());
    }

    private static string To(GhlAttempt attempt) => attempt.Text("contactId")!;

    private static GhlAnswer Refusal(int status) => status == 429 ? GhlAnswer.RateLimited("20") : GhlAnswer.Refuse(status, "down");

    private static async Task SayAllAsync(LullUnderTest lull)
    {
        await lull.SayAsync("Hi", "silenced");
        await lull.PostAsync("/conversations/silenced/pause", new { minutes = 600 });
        for (var i = 0; i < Contacts; i++)
        {
            await lull.SayAsync($"{i}", $"c{i}");
            lull.Pass(0.1);
        }

        lull.Pass(30);
    }

    /// <summary>Ten minutes during which people go on writing: each is acknowledged at once, and the status is there.</summary>
    private static async Task OutageAsync(LullUnderTest lull)
    {
        for (var second = 0; second < Minutes * 60; second++)
        {
            lull.Pass(1);
            var status = await lull.GetAsync("/queue-status?limit=1");
            Assert.Equal("success", status.GetProperty("status").GetString());
            if (second % 60 == 30)
            {
                Assert.Equal("success", (await lull.SayAsync($"at {second}", "silenced")).GetProperty("status").GetString());
            }
        }
    }

    private static async Task AllAreAnsweredOnceAsync(LullUnderTest lull)
    {
        lull.Pass(61);
        for (var second = 0; second < 180 && Open(await lull.GetAsync("/queue-status?limit=1")) > 0; second++)
        {
            lull.Pass(1);
        }

        await lull.UntilAsync("/queue-status?limit=1", status => Open(status) == 0, "the end of the line", Patience);
        Assert.Equal(Contacts, lull.Ghl.Sent.Count);
        Assert.All(Enumerable.Range(0, Contacts), i => Assert.Equal([$"echo: {i}"], lull.Ghl.SentTo($"c{i}").Select(text => text.Trim())));
    }

    private static int Open(JsonElement status) => status.GetProperty("active_batches").GetInt32() + status.GetProperty("held").GetInt32();

    private static Gate OpenedAfter(TimeProvider time, TimeSpan wait, ConcurrentBag<ITimer> timers)
    {
        var gate = new Gate();
        timers.Add(time.CreateTimer(_ => gate.Open(), null, wait, Timeout.InfiniteTimeSpan));
        return gate;
    }
}
