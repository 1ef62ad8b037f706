using Lull.Conversations;
using Lull.Storage.Sqlite;
using Lull.Tests.Harness;
using Lull.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Conversations;

public sealed class ReplySlotsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Record<int> _served = new();
    private SqliteMessageStore _store = null!;
    private ReplySlots _slots = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        _store = new(new() { DataDirectory = _folder.Path, MinFreeBytes = 0 }, _time, new(meters), NullLogger<SqliteMessageStore>.Instance);
        await _store.OpenAsync(Cancellation);
        _slots = new(new() { MaxConcurrentReplies = 1 }, new(_store), _time);
    }

    public async ValueTask DisposeAsync()
    {
        _slots.Dispose();
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Places_are_given_in_the_order_in_which_bursts_were_due()
    {
        var first = await _slots.AcquireAsync("default", Step(0), Cancellation);
        List<Task> waiting = [ServeAsync(30), ServeAsync(10), ServeAsync(20)];

        first.Dispose();
        await Task.WhenAll(waiting);

        Assert.Equal([10, 20, 30], _served.All);
        Assert.Equal(0, _slots.Waiting);
    }

    [Fact]
    public async Task One_that_gives_up_leaves_its_place_to_the_next()
    {
        var first = await _slots.AcquireAsync("default", Step(0), Cancellation);
        using var patience = new CancellationTokenSource();
        var impatient = _slots.AcquireAsync("default", Step(1), patience.Token);
        var patient = ServeAsync(2);

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        first.Dispose();
        await patient;

        Assert.Equal([2], _served.All);
    }

    [Fact]
    public async Task A_paused_location_waits_and_the_others_do_not()
    {
        await _store.PauseAsync("closed", "test", Cancellation);
        var held = ServeAsync(1, "closed");
        await ServeAsync(2, "open");
        Assert.Equal([2], _served.All);

        await _store.ResumeAsync("closed", Cancellation);
        await MoveOnAsync(held);
    }

    [Fact]
    public async Task What_waits_for_a_fault_is_probed_in_due_order_and_goes_on_once_it_is_mended()
    {
        await _store.SetFaultAsync(Faulted.Model, "401", null, Cancellation);
        List<Task> waiting = [ServeAsync(3), ServeAsync(1), ServeAsync(2)];
        Assert.Empty(_served.All);

        await MoveOnAsync(waiting[1]);
        await _store.ClearFaultAsync(Faulted.Model, Cancellation);
        await MoveOnAsync(waiting[0]);

        Assert.Equal([1, 2, 3], _served.All);
    }

    [Fact]
    public async Task One_step_a_minute_is_let_through_to_a_target_at_fault()
    {
        var model = new SlotTarget(StepNeeds.Model, "default");
        var obstacles = new Obstacles(_store);
        await _store.SetFaultAsync(Faulted.Model, "401", null, Cancellation);

        Assert.False(await LetsThroughAfterAsync(59));
        Assert.True(await LetsThroughAfterAsync(1));
        obstacles.Passed(model);
        Assert.False(await LetsThroughAfterAsync(59));
        Assert.True(await LetsThroughAfterAsync(1));
        await _store.ClearFaultAsync(Faulted.Model, Cancellation);
        Assert.True(await LetsThroughAfterAsync(0));

        async Task<bool> LetsThroughAfterAsync(int seconds)
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            await obstacles.RefreshAsync();
            return obstacles.LetsThrough(model);
        }
    }

    [Fact]
    public async Task A_fault_with_an_end_is_not_probed_before_it()
    {
        var obstacles = new Obstacles(_store);
        await _store.SetFaultAsync(Faulted.Model, "the day's tokens are spent", _store.Now + TimeSpan.FromHours(5), Cancellation);
        _time.Advance(TimeSpan.FromHours(4.9));
        await obstacles.RefreshAsync();
        Assert.False(obstacles.LetsThrough(new(StepNeeds.Model, "default")));

        _time.Advance(TimeSpan.FromHours(0.1));
        Assert.True(obstacles.LetsThrough(new(StepNeeds.Model, "default")));
    }

    [Fact]
    public async Task A_fault_of_one_locations_delivery_stops_nothing_else()
    {
        await _store.SetFaultAsync(Faulted.Delivery("broken"), "401", null, Cancellation);
        var held = ServeAsync(1, "broken", StepNeeds.Delivery);

        await ServeAsync(2, "sound", StepNeeds.Delivery);
        await ServeAsync(3, "broken", StepNeeds.Model);

        Assert.Equal([2, 3], _served.All);
        await MoveOnAsync(held);
    }

    private NextStep Step(int dueAfter, StepNeeds needs = StepNeeds.Model) => new(_time.Start + TimeSpan.FromSeconds(dueAfter), needs);

    private async Task ServeAsync(int dueAfter, string location = "default", StepNeeds needs = StepNeeds.Model)
    {
        using var slot = await _slots.AcquireAsync(location, Step(dueAfter, needs), Cancellation);
        _served.Add(dueAfter);
    }

    /// <summary>Moves the clock until something has happened.</summary>
    private async Task MoveOnAsync(Task happened)
    {
        using var late = new CancellationTokenSource(LullUnderTest.Soon);
        while (!happened.IsCompleted)
        {
            Assert.False(late.IsCancellationRequested, "it did not happen");
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        await happened;
    }
}
