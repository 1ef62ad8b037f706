using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Harness;

/// <summary>One thing a contact said, in words that occur nowhere else. <paramref name="Contact"/> and <paramref name="Id"/> are the sender's.</summary>
internal sealed record Said(string Contact, string Id, string Text);

/// <summary>A real process that dies again and again, between a model and a GHL that live on, and what was said to it.</summary>
internal sealed class CrashWorld : IAsyncDisposable
{
    public const int WaitSeconds = 5;

    /// <summary>The deadline of everything that is waited for; far beyond what a slow machine needs.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<Said> _acknowledged = new();
    private readonly ConcurrentQueue<Said> _unacknowledged = new();
    private int _numbers;

    private CrashWorld(FakeModel model, FakeGoHighLevel ghl, int speed, (string Name, string Value)[] settings)
    {
        (Model, Ghl, Speed) = (model, ghl, speed);
        Lull = new(
        [
            ("OPENAI_BASE_URL", model.BaseUrl.ToString()), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", "loc1"), ("GHL_BASE_URL", ghl.BaseUrl.ToString()),
            ("MESSAGE_BATCH_WAIT_TIME", $"{WaitSeconds}"), .. settings,
        ],
        speed);
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
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    public Task<JsonElement> FateAsync(Said said) => Lull.GetAsync($"/messages?external_id={said.Id}&contact={said.Contact}");

    /// <summary>The fate of what the contact said first, once it is <paramref name="state"/>.</summary>
    public async Task<JsonElement> UntilAsync(string contact, string state)
    {
        var said = _acknowledged.First(said => said.Contact == contact);
        using var late = new CancellationTokenSource(Soon);
        while (true)
        {
            var fate = await FateAsync(said);
            if (fate.GetProperty("state").GetString() == state)
            {
                return fate;
            }

            Assert.False(late.IsCancellationRequested, $"{said} is not {state}: {fate}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Lull.DisposeAsync();
        await Model.DisposeAsync();
        await Ghl.DisposeAsync();
    }
}
