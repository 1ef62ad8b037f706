using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Harness;

/// <summary>One thing a contact said, in words that occur nowhere else. <paramref name="Contact"/> and <paramref name="Id"/> are the sender's.</summary>
internal sealed record Said(string Contact, string Id, string Text);

/// <summary>A real process that dies again and again, between a model and a GHL that live on, and what was said to it.</summary>
internal sealed class CrashWorld : IAsyncDisposable
{
    public const int WaitSeconds = 5, MaxWaitSeconds = 60;

    /// <summary>The deadline of everything that is waited for; far beyond what a slow machine needs.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, ModelAnswer> _modelAnswers = new();
    private readonly ConcurrentDictionary<string, GhlAnswer> _ghlAnswers = new();
    private readonly ConcurrentQueue<Said> _acknowledged = new();
    private readonly ConcurrentQueue<Said> _unacknowledged = new();
    private int _numbers;

    private CrashWorld(FakeModel model, FakeGoHighLevel ghl, int speed, (string Name, string Value)[] settings)
    {
        (Model, Ghl, Speed) = (model, ghl, speed);
        Lull = new(
        [
            ("OPENAI_BASE_URL", model.BaseUrl.ToString()), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", "loc1"), ("GHL_BASE_URL", ghl.BaseUrl.ToString()),
            ("MESSAGE_BATCH_WAIT_TIME", $"{WaitSeconds}"), ("MESSAGE_BATCH_MAX_WAIT", $"{MaxWaitSeconds}"),

            // So that a reply that echoes its prompt names the burst's messages and no earlier ones.
            ("REPLY_HISTORY_MESSAGES", "0"), .. settings,
        ],
        speed);
        model.Otherwise = call => _modelAnswers.FirstOrDefault(answer => call.Burst.Contains($"<{answer.Key}.", StringComparison.Ordinal)).Value ?? ModelAnswer.Echo;
        ghl.OtherwiseSend = body => _ghlAnswers.GetValueOrDefault(body.GetProperty("contactId").GetString()!) ?? GhlAnswer.Accept;
    }

    public FakeModel Model { get; }

    public FakeGoHighLevel Ghl { get; }

    public LullProcess Lull { get; }

    /// <summary>How many of Lull's seconds pass in a real one.</summary>
    public int Speed { get; }

    /// <summary>Lull's own clock when the last process had just begun to listen.</summary>
    public DateTimeOffset BackAt { get; private set; }

    public IReadOnlyCollection<Said> Acknowledged => _acknowledged;

    public static async Task<CrashWorld> StartAsync(int speed, params (string Name, string Value)[] settings)
    {
        // Dated ahead, because Lull's clock runs faster here than the fake's.
        var ghl = await FakeGoHighLevel.StartAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(1)));
        return new(await FakeModel.StartAsync(), ghl, speed, settings);
    }

    /// <summary>Starts the process, to die at <paramref name="crashAt"/> if that is not empty.</summary>
    public async Task StartAsync(string crashAt)
    {
        await Lull.StartToDieAsync(crashAt);
        BackAt = await TryGetAsync("/health/live") is { } live ? live.GetProperty("timestamp").GetDateTimeOffset() : DateTimeOffset.MaxValue;
    }

    /// <summary>The same; false when it reached its point while it took up what the last one left, before it listened.</summary>
    public async Task<bool> TryStartAsync(string crashAt)
    {
        try
        {
            await StartAsync(crashAt);
            return true;
        }
        catch (InvalidOperationException) when (Lull.Reached is not null)
        {
            return false;
        }
    }

    /// <summary>The model answers everything the contact says so, until <see cref="Mend"/>: however often a slow machine has Lull ask.</summary>
    public void ModelAnswers(string contact, ModelAnswer answer) => _modelAnswers[contact] = answer;

    /// <summary>The same of GHL.</summary>
    public void GhlAnswers(string contact, GhlAnswer answer) => _ghlAnswers[contact] = answer;

    /// <summary>The outside world works again.</summary>
    public void Mend()
    {
        _modelAnswers.Clear();
        _ghlAnswers.Clear();
    }

    /// <summary>Says something new; true when it was acknowledged.</summary>
    public Task<bool> SayAsync(string contact)
    {
        var number = Interlocked.Increment(ref _numbers);
        return SayAsync(new Said(contact, $"{contact}.{number}", $"<{contact}.{number}>"));
    }

    /// <summary>Says it, perhaps again, as a sender does that was not answered.</summary>
    public async Task<bool> SayAsync(Said said)
    {
        if (!await Lull.SayAsync(said.Text, said.Contact, said.Id))
        {
            _unacknowledged.Enqueue(said);
            return false;
        }

        if (!_acknowledged.Contains(said))
        {
            _acknowledged.Enqueue(said);
        }

        return true;
    }

    /// <summary>What was not acknowledged is said again.</summary>
    public async Task SayAgainAsync()
    {
        for (var left = _unacknowledged.Count; left > 0 && _unacknowledged.TryDequeue(out var said); left--)
        {
            await SayAsync(said);
        }
    }

    /// <summary>The answer, or null when the process died before it gave one or there is none.</summary>
    public async Task<JsonElement?> TryGetAsync(string path)
    {
        try
        {
            return await Lull.GetAsync(path);
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Net.Sockets.SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    public Task<JsonElement> FateAsync(Said said) => Lull.GetAsync($"/messages?external_id={said.Id}&contact={said.Contact}");

    /// <summary>The fate of what the contact said first, once it is <paramref name="state"/>.</summary>
    public async Task<JsonElement> UntilAsync(string contact, string state)
    {
        var said = _acknowledged.First(said => said.Contact == contact);
        return await UntilAsync(() => FateAsync(said), fate => fate.GetProperty("state").GetString() == state, $"{said} is not {state}");
    }

    /// <summary>Asks until the answer is as expected, a few dozen times a second: the machine has processes to start meanwhile.</summary>
    public async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> expected, string otherwise)
    {
        using var late = new CancellationTokenSource(Soon);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (true)
        {
            var answer = await ask();
            if (expected(answer))
            {
                return answer;
            }

            Assert.False(late.IsCancellationRequested, $"{otherwise}: {answer}\n{Lull.Output}");
            await pulse.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Lull.DisposeAsync();
        await Model.DisposeAsync();
        await Ghl.DisposeAsync();
    }
}
