using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd;

/// <summary>The real process is asked to end, and another waits for its folder.</summary>
public sealed class ShutdownTests : IAsyncLifetime
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
