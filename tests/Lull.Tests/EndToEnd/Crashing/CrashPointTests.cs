using System.Diagnostics;
using System.Text.RegularExpressions;
using Lull.Tests.Architecture;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>
/// The real process kills itself at a fixed point on every transition of the state diagram, and is started again on the same folder: the next start works off what the last death left
/// and is itself the process that dies next.
/// </summary>
public sealed partial class CrashPointTests(ITestOutputHelper output)
{
    private const int Speed = 20, FastSpeed = 100;

    [Fact]
    public async Task Killed_at_every_transition_of_the_state_diagram_nothing_is_lost_and_nothing_is_answered_twice()
    {
        var startedAt = Stopwatch.GetTimestamp();
        var walk = new CrashWalk(new());
        Func<Task>[] lists =
        [
            () => WorkOffAsync(walk, CrashScenarios.Plain, Speed, ("MESSAGE_BATCH_MAX_MESSAGES", "4")),
            () => WorkOffAsync(walk, CrashScenarios.Failing, Speed),
            () => WorkOffAsync(walk, CrashScenarios.Operated, Speed),
            () => WorkOffAsync(walk, CrashScenarios.Recording, Speed, ("DELIVERY", "record")),
            () => WorkOffAsync(walk, CrashScenarios.Late, Speed, ("STALE_AFTER", $"{CrashScenarios.StaleAfterSeconds}")),
            () => WorkOffAsync(walk, CrashScenarios.Unreadable, FastSpeed),
        ];
        await SideBySide.AllAsync(lists.Length, lists);

        var took = Stopwatch.GetElapsedTime(startedAt);
        output.WriteLine($"{walk.Kills} kills at fixed points, {took.TotalSeconds / walk.Kills:0.00} s each; due at once → answered: at most {walk.Lag.TotalSeconds:0.00} s after the process was back");
        output.WriteLine(walk.Report);
    }

    [Fact]
    public void Every_transition_of_the_documented_diagram_has_a_crash_point()
    {
        var drawn = Arrow().Matches(Repository.Read("docs/architecture.md"))
            .SelectMany(arrow => arrow.Groups["causes"].Value.Split(" / ").Select(cause => $"{arrow.Groups["from"].Value} → {arrow.Groups["to"].Value}: {cause}"))
            .ToHashSet();
        string[] covered = [.. CrashScenarios.All.SelectMany(scenario => scenario.Transitions), .. CrashScenarios.NotTaken.Keys];

        Assert.True(drawn.Count > 30, "the diagram was not found");
        Assert.Empty(covered.Except(drawn));
        Assert.Empty(drawn.Except(covered));
    }

    private static Task WorkOffAsync(CrashWalk walk, IEnumerable<CrashScenario> scenarios, int speed, params (string Name, string Value)[] settings)
        => walk.WorkOffAsync(scenarios.Where(scenario => SideBySide.IsFull || !scenario.IsExtra), speed, settings);

    [GeneratedRegex(@"^\s*(?<from>\[\*\]|\w+) --> (?<to>\w+): (?<causes>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Arrow();
}
