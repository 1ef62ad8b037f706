using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>
/// Several processes side by side are killed at points and moments drawn from a seed, while contacts write, an operator acts, and neither the model nor GHL behaves.
/// <c>LULL_CRASH_KILLS</c> = how many kills; <c>LULL_CRASH_SEED</c> repeats a schedule.
/// </summary>
public sealed class RandomCrashTests(ITestOutputHelper output)
{
    private const int KillsUnlessAsked = 8, SideBySide = 4, KillsOfOneStore = 25, Contacts = 8, Speed = 20;

    private readonly ConcurrentDictionary<string, int> _kills = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private int _messages;

    [Fact]
    public async Task Killed_at_random_among_failures_nothing_is_lost_nothing_is_answered_twice_and_nothing_stale_goes_out()
    {
        var seed = Number("LULL_CRASH_SEED") ?? Random.Shared.Next();
        var kills = Number("LULL_CRASH_KILLS") ?? KillsUnlessAsked;
        var startedAt = Stopwatch.GetTimestamp();
        Exception? failure = null;
        int[] lanes = [.. Enumerable.Range(0, SideBySide).Select(lane => (kills + SideBySide - 1 - lane) / SideBySide)];
        try
        {
            await Parallel.ForAsync(0, SideBySide, new ParallelOptions { MaxDegreeOfParallelism = SideBySide }, async (lane, _) =>
            {
                for (var (left, store) = (lanes[lane], 0); left > 0; left -= KillsOfOneStore, store++)
                {
                    await LiveAndDieAsync(unchecked(seed + lane * 1_000_003 + store * 7_919), Math.Min(left, KillsOfOneStore));
                }
            });
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        var took = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        var report = $"""
            seed {seed} (LULL_CRASH_SEED={seed} LULL_CRASH_KILLS={kills} repeats it): {_kills.Values.Sum()} kills in {took:0} s, {took / kills:0.00} s each; {_messages} acknowledged messages; {_violations.Count} violations
            {string.Join('\n', _kills.OrderByDescending(kill => kill.Value).ThenBy(kill => kill.Key).Select(kill => $"{kill.Value,5} × {kill.Key}"))}
            """;
        output.WriteLine(report);
        Assert.True(_violations.IsEmpty, $"{report}\n{string.Join('\n', _violations)}");
        Assert.True(failure is null, $"The test itself failed, which says nothing of Lull's promises: {failure}\n{report}");
    }

    private async Task LiveAndDieAsync(int seed, int kills)
    {
        var schedule = new CrashSchedule(seed, Contacts);
        var answers = new CrashSchedule(seed + 1, Contacts);
        await using var world = await CrashWorld.StartAsync(Speed);
        var (model, ghl) = (world.Model.Otherwise, world.Ghl.OtherwiseSend);
        world.Model.Otherwise = _ => answers.Model();
        world.Ghl.OtherwiseSend = _ => answers.Ghl();
        for (var kill = 0; kill < kills; kill++)
        {
            var life = schedule.Next();
            if (await world.TryStartAsync(life.CrashAt))
            {
                await world.SayAgainAsync();
                await world.Lull.AskAsync("/resume");
            }

            foreach (var act in life.Acts.TakeWhile(_ => world.Lull.IsRunning))
            {
                await ActAsync(world, act);
            }

            _kills.AddOrUpdate(await DieAsync(world, life), 1, (_, count) => count + 1);
        }

        (world.Model.Otherwise, world.Ghl.OtherwiseSend) = (model, ghl);
        await world.StartAsync("");
        await world.SayAgainAsync();
        await world.Lull.AskAsync("/resume");
        var fates = await CrashChecks.EndedAsync(world, world.Acknowledged);
        Interlocked.Add(ref _messages, fates.Count);
        foreach (var violation in (string[])[.. CrashChecks.Violations(world, fates), .. await CrashAudit.ViolationsAsync(world)])
        {
            _violations.Enqueue($"store of seed {seed}: {violation}");
            output.WriteLine($"store of seed {seed}: {violation}");
        }
    }

    /// <summary>Lets the process reach its point, or kills it once its time is over.</summary>
    private static async Task<string> DieAsync(CrashWorld world, CrashLife life)
    {
        try
        {
            if (world.Lull.IsRunning)
            {
                await world.Lull.EndAsync(life.Patience);
            }
        }
        catch (TimeoutException)
        {
            // Alive: its point lay on a way it did not go.
        }

        await world.Lull.KillAsync();
        return world.Lull.Reached is { } reached ? reached[..reached.LastIndexOf(':')] : "at a moment, from outside";
    }

    private static async Task ActAsync(CrashWorld world, CrashAct act)
    {
        var contact = $"c{act.Target}";
        switch (act.Kind)
        {
            case CrashActKind.Say:
                await world.SayAsync(contact);
                break;
            case CrashActKind.SayAgain when world.Acknowledged.LastOrDefault(said => said.Contact == contact) is { } said:
                await world.SayAsync(said);
                break;
            case CrashActKind.SayAtOnce:
                await Task.WhenAll(Enumerable.Range(0, 6).Select(i => world.SayAsync($"c{(act.Target + i) % Contacts}")));
                break;
            case CrashActKind.Force:
                await world.Lull.AskAsync($"/force-process-batch/{contact}");
                break;
            case CrashActKind.PauseAndResume:
                await world.Lull.AskAsync("/pause");
                await world.SayAsync(contact);
                await world.Lull.AskAsync("/resume");
                break;
            case CrashActKind.PauseContact:
                await world.Lull.AskAsync($"/conversations/{contact}/pause");
                break;
            case CrashActKind.ResumeContact:
                await world.Lull.AskAsync($"/conversations/{contact}/resume");
                break;
            case CrashActKind.Retry:
                await world.Lull.AskAsync("/dead-letters/retry", new { });
                break;
            case CrashActKind.WaitForModel:
                await HappensAsync(world, world.Model.WaitForCallsAsync(_ => true, world.Model.Calls.Count + 1, CrashWorld.Soon));
                break;
            case CrashActKind.WaitForGhl:
                await HappensAsync(world, world.Ghl.WaitForAttemptsAsync(world.Ghl.Attempts.Count + 1, CrashWorld.Soon));
                break;
        }
    }

    /// <summary>Waits for something to happen to the outside world, but not for long, and not for a dead process.</summary>
    private static Task HappensAsync(CrashWorld world, Task what)
    {
        _ = what.ContinueWith(static task => task.Exception, TaskContinuationOptions.OnlyOnFaulted);
        return Task.WhenAny(what, world.Lull.EndAsync(TimeSpan.FromSeconds(1)));
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;
}
