using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd;

/// <summary>The plug is pulled: the real process, SIGKILL, the same folder. Every acknowledged message is in exactly one reply.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private FakeModel _model = null!;
    private FakeGoHighLevel _ghl = null!;
    private LullProcess _lull = null!;

    public async ValueTask InitializeAsync()
    {
        _model = await FakeModel.StartAsync();
        // Dated ahead, because Lull's clock runs faster here than the fake's.
        _ghl = await FakeGoHighLevel.StartAsync(new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(1)));
        _lull = new(
            ("OPENAI_BASE_URL", _model.BaseUrl.ToString()), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", "loc1"), ("GHL_BASE_URL", _ghl.BaseUrl.ToString()));
        await _lull.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _lull.DisposeAsync();
        await _model.DisposeAsync();
        await _ghl.DisposeAsync();
    }

    [Fact]
    public async Task Killed_right_after_the_acknowledgement_the_message_is_answered()
    {
        Assert.True(await _lull.SayAsync("said before the kill", "ann", "m1"));
        await _lull.KillAsync();

        await _lull.StartAsync();

        await AssertAnsweredOnceAsync("said before the kill");
    }

    [Fact]
    public async Task Killed_while_the_model_writes_the_burst_is_answered_once()
    {
        _model.Next(ModelAnswer.Says("lost with the process").After(new Gate()));
        Assert.True(await _lull.SayAsync("said before the kill", "ann", "m1"));
        await _model.NextCallAsync(Soon);
        await _lull.KillAsync();

        await _lull.StartAsync();

        await AssertAnsweredOnceAsync("said before the kill");
    }

    [Fact]
    public async Task Killed_between_ghls_acceptance_and_its_answer_the_reply_is_not_sent_twice()
    {
        _ghl.NextSend(GhlAnswer.Accept.After(new Gate()));
        Assert.True(await _lull.SayAsync("said before the kill", "ann", "m1"));
        await _ghl.WaitForSendAsync("ann", 1, Soon);
        await _lull.KillAsync();

        await _lull.StartAsync();

        await UntilAnsweredAsync("m1");
        await AssertAnsweredOnceAsync("said before the kill");
        Assert.Single(_ghl.Attempts);
    }

    [Fact]
    public async Task Killed_again_and_again_while_contacts_write_every_message_is_in_one_reply()
    {
        const int Contacts = 8;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var said = new List<(string Contact, string Text)>();
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 12; i++)
            {
                var (contact, text) = ($"c{random.Next(Contacts)}", $"<{round}.{i}>");
                if (await _lull.SayAsync(text, contact, $"m{round}.{i}"))
                {
                    said.Add((contact, text));
                }
            }

            await WaitForSomethingAsync(random.Next(4));
            await _lull.KillAsync();
            await _lull.StartAsync();
        }

        foreach (var contact in said.Select(message => message.Contact).Distinct())
        {
            await WaitUntilAllAreSentAsync(contact, [.. said.Where(message => message.Contact == contact).Select(message => message.Text)], seed);
        }
    }

    [Fact]
    public async Task Asked_to_stop_it_lets_a_running_send_finish_and_leaves_the_rest()
    {
        var gate = new Gate();
        _ghl.NextSend(GhlAnswer.Accept.After(gate));
        Assert.True(await _lull.SayAsync("being sent", "ann", "m1"));
        await _ghl.WaitForSendAsync("ann", 1, Soon);
        Assert.True(await _lull.SayAsync("still waiting", "bob", "m2"));

        var ended = _lull.TerminateAsync();
        gate.Open();
        Assert.Equal(0, await ended);
        await _lull.StartAsync();

        await UntilAnsweredAsync("m2", "bob");
        await UntilAnsweredAsync("m1");
        Assert.Single(_ghl.SentTo("ann"));
        Assert.Single(_ghl.SentTo("bob"));
    }

    [Fact]
    public async Task A_second_process_on_the_same_file_takes_over_when_the_first_ends()
    {
        await using var second = new LullProcess();
        Assert.True(await _lull.SayAsync("said to the first", "ann", "m1"));

        var start = second.StartAsync(Path.Combine(_lull.Folder, "data"));
        await UntilAnsweredAsync("m1");
        Assert.False(start.IsCompleted, "the second waits for the first");
        Assert.Equal(0, await _lull.TerminateAsync());
        await start;

        Assert.Equal("answered", (await second.GetAsync("/messages?external_id=m1&contact=ann")).GetProperty("state").GetString());
    }

    /// <summary>Lets some way of the burst pass, so that the kills fall on different steps.</summary>
    private async Task WaitForSomethingAsync(int what)
    {
        switch (what)
        {
            case 1:
                await _model.WaitForCallsAsync(_ => true, _model.Calls.Count + 1, Soon);
                break;
            case 2:
                await _ghl.NextAttemptAsync(Soon);
                break;
            case 3:
                await _lull.GetAsync("/queue-status");
                break;
        }
    }

    private async Task WaitUntilAllAreSentAsync(string contact, IReadOnlyList<string> texts, int seed)
    {
        using var late = new CancellationTokenSource(Soon);
        for (var count = 1; !texts.All(text => _ghl.SentTo(contact).Any(reply => reply.Contains(text, StringComparison.Ordinal))); count++)
        {
            await _ghl.WaitForSendAsync(contact, count, Soon);
            Assert.False(late.IsCancellationRequested, $"seed {seed}: {contact} said {string.Join(' ', texts)} and got {string.Join(" | ", _ghl.SentTo(contact))}");
        }

        Assert.All(texts, text => Assert.Single(_ghl.SentTo(contact), reply => reply.Contains(text, StringComparison.Ordinal)));
    }

    private async Task AssertAnsweredOnceAsync(string text)
    {
        await _ghl.WaitForSendAsync("ann", 1, Soon);
        await UntilAnsweredAsync("m1");
        Assert.Contains(text, Assert.Single(_ghl.SentTo("ann")), StringComparison.Ordinal);
    }

    private async Task UntilAnsweredAsync(string id, string contact = "ann")
    {
        using var late = new CancellationTokenSource(Soon);
        while (true)
        {
            var fate = await _lull.GetAsync($"/messages?external_id={id}&contact={contact}");
            if (fate.GetProperty("state").GetString() == "answered")
            {
                return;
            }

            Assert.False(late.IsCancellationRequested, fate.ToString());
        }
    }
}
