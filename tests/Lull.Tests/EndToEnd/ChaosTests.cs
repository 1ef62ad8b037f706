using Lull.Tests.Harness;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.EndToEnd;

/// <summary>
/// The process is killed at random moments while contacts write and neither the model nor GHL behaves: every acknowledged message is in exactly one reply or has a recorded reason.
/// Set <see cref="Kills"/> higher for a long run.
/// </summary>
public sealed class ChaosTests : IAsyncLifetime
{
    private const int Kills = 8, Contacts = 12, MessagesPerRound = 25;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string[] Ended = ["answered", "suppressed", "held", "dead_lettered"];

    private readonly int _seed = Random.Shared.Next();
    private readonly List<Said> _said = [];
    private Random _random = null!;
    private FakeModel _model = null!;
    private FakeGoHighLevel _ghl = null!;
    private LullProcess _lull = null!;

    public async ValueTask InitializeAsync()
    {
        _random = new(_seed);
        var (model, ghl) = (new Random(_seed + 1), new Random(_seed + 2));
        _model = await FakeModel.StartAsync();
        _model.Otherwise = _ => Model(Draw(model));

        // Dated ahead, because Lull's clock runs faster here than the fake's.
        _ghl = await FakeGoHighLevel.StartAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(1)));
        _ghl.OtherwiseSend = _ => Ghl(Draw(ghl));
        _lull = new(
            ("OPENAI_BASE_URL", _model.BaseUrl.ToString()), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", "loc1"), ("GHL_BASE_URL", _ghl.BaseUrl.ToString()),
            ("MESSAGE_BATCH_WAIT_TIME", "10"));
        await _lull.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _lull.DisposeAsync();
        await _model.DisposeAsync();
        await _ghl.DisposeAsync();
    }

    [Fact]
    public async Task Killed_at_any_moment_among_failures_nothing_is_lost_and_nothing_is_answered_twice()
    {
        for (var round = 0; round < Kills; round++)
        {
            var killAfter = _random.Next(MessagesPerRound);
            for (var i = 0; i < MessagesPerRound; i++)
            {
                if (i == killAfter)
                {
                    await LetSomethingHappenAsync();
                    await _lull.KillAsync();
                    await _lull.StartAsync();
                }

                await SayAsync(new($"c{_random.Next(Contacts)}", $"m{round}.{i}", $"<{round}.{i}>"));
            }
        }

        _model.Otherwise = _ => ModelAnswer.Echo;
        _ghl.OtherwiseSend = _ => GhlAnswer.Accept;
        foreach (var said in _said)
        {
            await AssertEndedOnceAsync(said);
        }
    }

    private async Task SayAsync(Said said)
    {
        if (await _lull.SayAsync(said.Text, said.Contact, said.Id))
        {
            _said.Add(said);
        }
    }

    /// <summary>Lets some way of the bursts pass, so that the kills fall on different steps.</summary>
    private async Task LetSomethingHappenAsync()
    {
        switch (_random.Next(3))
        {
            case 1:
                await _model.WaitForCallsAsync(_ => true, _model.Calls.Count + _random.Next(1, 4), Soon);
                break;
            case 2:
                var from = _ghl.Attempts.Count;
                for (var i = _random.Next(1, 3); i > 0 && _ghl.Attempts.Count < from + i;)
                {
                    await _ghl.NextAttemptAsync(Soon);
                }

                break;
        }
    }

    private async Task AssertEndedOnceAsync(Said said)
    {
        using var late = new CancellationTokenSource(Soon);
        while (true)
        {
            var fate = await _lull.GetAsync($"/messages?external_id={said.Id}&contact={said.Contact}");
            var state = fate.GetProperty("state").GetString();
            if (Ended.Contains(state))
            {
                var replies = _ghl.SentTo(said.Contact).Count(reply => reply.Contains(said.Text, StringComparison.Ordinal));
                Assert.True(state == "answered" ? replies == 1 : replies <= 1, $"seed {_seed}: {replies} replies to {said}: {fate}");
                Assert.True(state == "answered" || fate.GetProperty("reason").GetString() is { Length: > 0 }, $"seed {_seed}: {said} has no reason: {fate}");
                return;
            }

            Assert.False(late.IsCancellationRequested, $"seed {_seed}: {said} is forgotten: {fate}");
        }
    }

    private static int Draw(Random random)
    {
        lock (random)
        {
            return random.Next(100);
        }
    }

    private static ModelAnswer Model(int draw) => draw switch
    {
        < 10 => ModelAnswer.Fails(429).RetryAfter("2"),
        < 18 => ModelAnswer.Fails(500),
        < 24 => ModelAnswer.Cut,
        < 30 => ModelAnswer.Echo.After(new Gate()),
        _ => ModelAnswer.Echo,
    };

    private static GhlAnswer Ghl(int draw) => draw switch
    {
        < 8 => GhlAnswer.RateLimited("2"),
        < 16 => GhlAnswer.Refuse(500, "failed"),
        < 24 => GhlAnswer.AcceptThenCut,
        < 29 => GhlAnswer.AcceptThenFail(502),
        < 34 => GhlAnswer.Cut,
        < 40 => GhlAnswer.Accept.After(new Gate()),
        _ => GhlAnswer.Accept,
    };

    private sealed record Said(string Contact, string Id, string Text);
}
