using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd;

/// <summary>Many contacts at once: each is acknowledged or told to come back, each is answered once and in its turn, and memory stays bounded.</summary>
public sealed class FloodTests
{
    private const int Senders = 64;

    // 289 MiB were measured; what grows with the flood is an entry for each open burst in a few tables and at most a thousand conversations in line.
    private const long MemoryBound = 512L << 20;

    /// <summary>A flood may take a busy machine long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(240);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_thousand_contacts_who_write_at_once_are_each_acknowledged_and_each_answered_once_in_bounded_memory()
    {
        const int Contacts = 20_000, AtOnce = 20;
        await using var model = await FakeModel.StartAsync();
        await using var ghl = await FakeGoHighLevel.StartAsync();
        await using var lull = new LullProcess(
            [("OPENAI_BASE_URL", model.BaseUrl.ToString()), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", "loc1"), ("GHL_BASE_URL", ghl.BaseUrl.ToString()), ("MAX_CONCURRENT_REPLIES", $"{AtOnce}")],
            speed: 5);
        var (sent, all) = (0, new Gate());
        ghl.OtherwiseSend = _ =>
        {
            if (Interlocked.Increment(ref sent) == Contacts)
            {
                all.Open();
            }

            return GhlAnswer.Accept;
        };
        await lull.StartAsync();

        var comeBacks = 0;
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, Contacts, new ParallelOptions { MaxDegreeOfParallelism = Senders, CancellationToken = Cancellation }, async (i, cancellation) =>
        {
            Interlocked.Add(ref comeBacks, await SayUntilTakenAsync(lull.Client, $"c{i}"));
            if (i % 1000 == 500)
            {
                Assert.Equal("healthy", (await lull.GetAsync("/health")).GetProperty("status").GetString());
                Assert.True((await lull.GetAsync("/queue-status?limit=1")).GetProperty("active_batches").GetInt32() > 0);
            }
        });
        TestContext.Current.SendDiagnosticMessage("stored after {0}, {1} come-backs, {2} sent", Stopwatch.GetElapsedTime(started), comeBacks, sent);
        await all.PassAsync(Cancellation).WaitAsync(Patience, Cancellation);
        await NothingIsOpenAsync(lull);
        TestContext.Current.SendDiagnosticMessage("answered after {0}; {1} at once; peak {2} MiB", Stopwatch.GetElapsedTime(started), model.MostAtOnce, PeakOf(lull) >> 20);

        Assert.Equal(Contacts, ghl.Sent.Count);
        Assert.Equal(Contacts, ghl.Sent.Select(message => message.ContactId).Distinct().Count());
        Assert.Equal(Contacts, model.Calls.Count);
        Assert.InRange(model.MostAtOnce, 1, AtOnce);
        Assert.InRange(PeakOf(lull), 1, MemoryBound);
    }

    [Fact]
    public async Task More_bursts_than_are_woken_at_once_are_answered_in_the_order_in_which_they_were_due()
    {
        const int Contacts = 1200;
        await using var lull = await LullUnderTest.StartAsync(("MAX_CONCURRENT_REPLIES", "1"));
        var gate = new Gate();
        lull.Model.Next(ModelAnswer.Echo.After(gate));
        await lull.SayAsync("first", "first");
        lull.Pass(1);
        for (var i = 0; i < Contacts; i++)
        {
            await lull.SayAsync($"{i}", $"c{i}");
            lull.Pass(0.01);
        }

        lull.Pass(30 - (Contacts / 100) - 1);
        await lull.Model.NextCallAsync(LullUnderTest.Soon);
        lull.Pass(Contacts / 100 + 1);
        await lull.UntilAsync("/queue-status?limit=1", _ => lull.Waiting >= 1000, "a line of a thousand");
        var mostWaiting = lull.Waiting;
        gate.Open();
        await lull.UntilAsync("/queue-status?limit=1", status =>
        {
            mostWaiting = Math.Max(mostWaiting, lull.Waiting);
            return status.GetProperty("active_batches").GetInt32() == 0;
        }, "the end of the line", Patience);
        TestContext.Current.SendDiagnosticMessage("most waiting {0}", mostWaiting);

        Assert.Equal(["first", .. Enumerable.Range(0, Contacts).Select(i => $"{i}")], lull.Model.Calls.Select(call => call.Burst.Trim()));
        Assert.Equal(Contacts + 1, lull.Ghl.Sent.Select(message => message.ContactId).Distinct().Count());
        Assert.Equal(Contacts + 1, lull.Ghl.Sent.Count);
    }

    /// <summary>As a sender does: what is refused for now comes again, and has to say when.</summary>
    /// <returns>How often it was told to come back.</returns>
    private static async Task<int> SayUntilTakenAsync(HttpClient client, string contact)
    {
        for (var comeBacks = 0; ; comeBacks++)
        {
            using var response = await client.PostAsJsonAsync("/webhook", new { type = "contact.reply", contact = new { id = contact }, message = new { id = $"m-{contact}", text = "Hi" } }, Cancellation);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                return comeBacks;
            }

            Assert.True(response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, $"{response.StatusCode}");
            Assert.NotNull(response.Headers.RetryAfter);
        }
    }

    private static async Task NothingIsOpenAsync(LullProcess lull)
    {
        using var late = new CancellationTokenSource(Patience);
        for (JsonElement status; (status = await lull.GetAsync("/queue-status?limit=1")).GetProperty("active_batches").GetInt32() > 0;)
        {
            Assert.False(late.IsCancellationRequested, $"something stayed open: {status}");
        }
    }

    private static long PeakOf(LullProcess lull)
    {
        using var process = Process.GetProcessById(lull.Id);
        return process.PeakWorkingSet64;
    }
}
