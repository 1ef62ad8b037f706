using System.Diagnostics;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>
/// The kills of <see cref="CrashPointTests"/> where nodes share PostgreSQL: one node that is started again, and two of which the one that lives takes over. In the normal run each scenario
/// has one of the two, in turn; in the long one each has both, directly and through PgBouncer.
/// </summary>
public sealed class PostgresCrashPointTests(ITestOutputHelper output)
{
    /// <summary>Slower than on SQLite: a lease of 20 s must not end while a busy machine does nothing for a moment.</summary>
    private const int Speed = 10, FastSpeed = 40;

    /// <summary>A long list is worked off in so many parts, and so many of all of them at the same time.</summary>
    private const int Parts = 3, AtOnce = 8;

    private static readonly CrashStage Direct = new(IsPostgres: true) { MaxWaitSeconds = 600 }, Pooled = Direct with { IsPooled = true };

    [Fact]
    public async Task Killed_at_every_transition_a_node_that_is_started_again_or_another_one_takes_over()
    {
        var startedAt = Stopwatch.GetTimestamp();
        if (!SideBySide.IsFull)
        {
            await WalkAsync((Direct, (scenario, number) => !scenario.IsExtra && number % 2 == 0), (Pooled with { Nodes = 2 }, (scenario, number) => !scenario.IsExtra && number % 2 == 1));
        }
        else
        {
            foreach (var stage in (CrashStage[])[Direct, Pooled, Direct with { Nodes = 2 }, Pooled with { Nodes = 2 }])
            {
                await WalkAsync((stage, (_, _) => true));
            }
        }

        output.WriteLine($"{Stopwatch.GetElapsedTime(startedAt).TotalSeconds:0} s in all");
    }

    private async Task WalkAsync(params (CrashStage Stage, Func<CrashScenario, int, bool> IsChosen)[] stages)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var walks = stages.Select(stage => (stage.Stage, Walk: new CrashWalk(stage.Stage), stage.IsChosen)).ToList();
        await SideBySide.AllAsync(
            AtOnce, walks.SelectMany(walk => Lanes(walk.Stage, walk.IsChosen).Select(lane => (Func<Task>)(() => walk.Walk.WorkOffAsync(lane.Scenarios, lane.Speed, lane.Settings)))));
        foreach (var (stage, walk, _) in walks)
        {
            output.WriteLine(
                $"{stage}: {walk.Kills} kills at fixed points in {Stopwatch.GetElapsedTime(startedAt).TotalSeconds:0} s; due at once → answered: at most {walk.Lag.TotalSeconds * Speed:0} s of Lull's clock later");
            output.WriteLine(walk.Report);
        }
    }

    private static IEnumerable<(IReadOnlyList<CrashScenario> Scenarios, int Speed, (string, string)[] Settings)> Lanes(CrashStage stage, Func<CrashScenario, int, bool> isChosen)
    {
        (IReadOnlyList<CrashScenario> All, int Parts, int Speed, (string, string)[] Settings)[] lists =
        [
            (CrashScenarios.Plain, Parts, Speed, [("MESSAGE_BATCH_MAX_MESSAGES", "4")]),
            (CrashScenarios.Failing, Parts, Speed, []),
            (CrashScenarios.Operated, Parts, Speed, []),
            (CrashScenarios.Recording, 1, Speed, [("DELIVERY", "record")]),
            (CrashScenarios.Late, Parts, Speed, [("STALE_AFTER", $"{CrashScenarios.StaleAfterSeconds}")]),
            (CrashScenarios.Unreadable, 1, FastSpeed, []),
        ];
        foreach (var (all, parts, speed, settings) in lists)
        {
            // One that dies again and again is taken over by the other at its first death: what that is has a scenario of its own.
            var chosen = all.Where((scenario, number) => isChosen(scenario, number) && (stage.Nodes == 1 || scenario.Kills == 1)).ToList();
            for (var part = 0; part < parts; part++)
            {
                var lane = chosen.Where((_, number) => number % parts == part).ToList();
                if (lane.Count > 0)
                {
                    yield return (lane, speed, settings);
                }
            }
        }
    }
}
