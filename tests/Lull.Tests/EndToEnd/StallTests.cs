using System.Net;
using System.Net.Http.Json;
using Lull.Tests.Harness;
using Microsoft.Data.Sqlite;

namespace Lull.Tests.EndToEnd;

/// <summary>The store stalls under everything: who writes is waited for or told to come back, what is due waits, and all of it goes on by itself.</summary>
public sealed class StallTests
{
    private const int Contacts = 100;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_stalls_for_long_sends_the_senders_back_and_stores_nothing_that_it_refused()
    {
        await using var lull = await LullUnderTest.StartAsync();
        var before = await lull.SayAsync("before", "ann");
        lull.Pass(15);
        using (await StalledAsync(lull))
        {
            var refused = await Task.WhenAll(await AnswersAsync(lull, Enumerable.Range(0, Contacts).Select(i => SendAsync(lull, $"c{i}"))));
            Assert.All(refused, response => Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (response.StatusCode, response.Headers.RetryAfter is not null)));

            // It falls due while nothing can be stored.
            lull.Pass(30);
            Assert.Empty(lull.Ghl.Attempts);
        }

        await lull.FateAsync(before, "answered");
        var journal = await lull.UntilAsync("/webhooks", _ => true, "the journal");
        Assert.Single(journal.GetProperty("webhooks").EnumerateArray());
        Assert.Single(lull.Ghl.SentTo("ann"));

        // Everyone comes back, with the same ids, and none is taken for one that is known.
        var again = await Task.WhenAll(Enumerable.Range(0, Contacts).Select(i => lull.SayAsync("Hi", $"c{i}", $"m-c{i}")));
        lull.Pass(31);
        foreach (var said in again)
        {
            Assert.Equal("batched", said.GetProperty("outcome").GetString());
            await lull.FateAsync(said, "answered");
        }

        Assert.Equal(Contacts + 1, lull.Ghl.Sent.Count);
    }

    [Fact]
    public async Task A_store_that_stalls_for_less_than_five_seconds_is_waited_for()
    {
        await using var lull = await LullUnderTest.StartAsync();
        Task<HttpResponseMessage>[] sending;
        using (await StalledAsync(lull))
        {
            sending = [.. Enumerable.Range(0, Contacts).Select(i => SendAsync(lull, $"c{i}"))];
            Assert.Equal("success", (await lull.GetAsync("/queue-status")).GetProperty("status").GetString());
            lull.Pass(1);
            Assert.DoesNotContain(sending, task => task.IsCompleted);
        }

        var all = Task.WhenAll(sending);
        for (var tries = 0; tries < 60 && !await EndsAsync(all); tries++)
        {
            lull.Pass(0.06);
        }

        Assert.All(await all, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        lull.Pass(31);
        await lull.UntilAsync("/queue-status", status => status.GetProperty("active_batches").GetInt32() == 0, "all answered");
        Assert.Equal(Contacts, lull.Ghl.Sent.Select(message => message.ContactId).Distinct().Count());
        Assert.Equal(Contacts, lull.Ghl.Sent.Count);
    }

    [Fact]
    public async Task A_reply_that_was_being_written_when_the_store_stalled_is_kept_and_sent_once()
    {
        await using var lull = await LullUnderTest.StartAsync();
        var gate = new Gate();
        lull.Model.Next(ModelAnswer.Echo.After(gate));
        var said = await lull.SayAsync("Hi");
        lull.Pass(30);
        var call = await lull.Model.NextCallAsync(LullUnderTest.Soon);
        using (await StalledAsync(lull))
        {
            gate.Open();
            Assert.True(await call.Ended.WaitAsync(LullUnderTest.Soon, Cancellation));
            for (var second = 0; second < 20; second++)
            {
                lull.Pass(1);
                Assert.Equal("success", (await lull.GetAsync("/queue-status")).GetProperty("status").GetString());
            }

            Assert.Empty(lull.Ghl.Attempts);
        }

        await lull.FateAsync(said, "answered");
        Assert.Single(lull.Model.Calls);
        Assert.Single(lull.Ghl.SentTo("ann"));
    }

    /// <summary>Another process holds the database's write lock until this is disposed.</summary>
    private static async Task<IDisposable> StalledAsync(LullUnderTest lull)
    {
        var other = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(lull.Folder, "lull.db"), Pooling = false }.ToString());
        await other.OpenAsync(Cancellation);
        await using var begin = other.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        await begin.ExecuteNonQueryAsync(Cancellation);
        return other;
    }

    private static Task<HttpResponseMessage> SendAsync(LullUnderTest lull, string contact)
        => lull.Client.PostAsJsonAsync("/webhook", new { type = "contact.reply", contact = new { id = contact }, message = new { id = $"m-{contact}", text = "Hi" } }, Cancellation);

    /// <summary>The same tasks, once each has ended: until then the clock is moved and the status is asked for, which must not wait for the store.</summary>
    private static async Task<Task<HttpResponseMessage>[]> AnswersAsync(LullUnderTest lull, IEnumerable<Task<HttpResponseMessage>> sent)
    {
        var sending = sent.ToArray();
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (!sending.All(task => task.IsCompleted))
        {
            Assert.False(late.IsCancellationRequested, "no answer");
            Assert.Equal("success", (await lull.GetAsync("/queue-status")).GetProperty("status").GetString());
            lull.Pass(0.02);
        }

        return sending;
    }

    private static async Task<bool> EndsAsync(Task task)
    {
        try
        {
            await task.WaitAsync(TimeSpan.FromSeconds(1), Cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
