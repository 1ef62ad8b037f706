using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Receiving;

/// <summary>A fake clock that tells when somebody began to wait, so that it is never moved too early.</summary>
internal sealed class AwaitedTime() : FakeTimeProvider(new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero))
{
    private readonly ConcurrentDictionary<TimeSpan, SemaphoreSlim> _timers = new();

    /// <summary>Completes when a timer of this length has been started; each start is told once.</summary>
    public Task TimerAsync(TimeSpan length) => Of(length).WaitAsync(TestContext.Current.CancellationToken).InTime();

    /// <summary>Waits for a timer of this length and lets it run out.</summary>
    public async Task RunOutAsync(TimeSpan length)
    {
        await TimerAsync(length);
        Advance(length);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Of(dueTime).Release();
        return timer;
    }

    private SemaphoreSlim Of(TimeSpan length) => _timers.GetOrAdd(length, static _ => new(0));
}
