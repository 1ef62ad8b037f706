using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Lull.Tests.Architecture;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>
/// The real process kills itself at a fixed point on every transition of the state diagram, and is started again on the same folder: the next start works off what the last death left
/// and is itself the process that dies next.
/// </summary>
public sealed partial class CrashPointTests(ITestOutputHelper output)
{
    private const int Speed = 20, FastSpeed = 100;

    /// <summary>"Within 2 s of the process being back", in real seconds of Lull's own clock, from its listening (or the burst's own end, if that is later) to the stored answer.</summary>
    private static readonly TimeSpan DueWithin = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<string> _report = [];
    private int _kills;

    private readonly ConcurrentQueue<TimeSpan> _lags = [];

    private static bool IsFull => Environment.GetEnvironmentVariable("LULL_CRASH_KILLS") is { Length: > 0 };

    [Fact]
    public async Task Killed_at_every_transition_of_the_state_diagram_nothing_is_lost_and_nothing_is_answered_twice()
    {
        var startedAt = Stopwatch.GetTimestamp();
        var all = Task.WhenAll(
            WorkOffAsync(CrashScenarios.Plain, Speed, ("MESSAGE_BATCH_MAX_MESSAGES", "4")),
            WorkOffAsync(CrashScenarios.Failing, Speed),
            WorkOffAsync(CrashScenarios.Operated, Speed),
            WorkOffAsync(CrashScenarios.Recording, Speed, ("DELIVERY", "record")),
            WorkOffAsync(CrashScenarios.Late, Speed, ("STALE_AFTER", $"{CrashScenarios.StaleAfterSeconds}")),
            WorkOffAsync(CrashScenarios.Unreadable, FastSpeed));
        await all.ContinueWith(static _ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.True(all.IsCompletedSuccessfully, string.Join("\n\n", all.Exception?.InnerExceptions.Select(failure => failure.ToString()) ?? []));

        var (kills, took) = (_kills, Stopwatch.GetElapsedTime(startedAt));
        output.WriteLine($"{kills} kills at fixed points, {took.TotalSeconds / kills:0.00} s each; due at once → answered: at most {_lags.Max().TotalSeconds:0.00} s after the process was back");
        output.WriteLine(string.Join('\n', _report));
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

    private async Task WorkOffAsync(IEnumerable<CrashScenario> all, int speed, params (string Name, string Value)[] settings)
    {
        await using var world = await CrashWorld.StartAsync(speed, settings);
        (CrashScenario Scenario, string Contact)? last = null;
        var number = 0;
        var scenarios = all.Where(scenario => IsFull || !scenario.IsExtra);
        foreach (var scenario in scenarios)
        {
            var contact = $"s{number++}";
            for (var kill = 1; kill <= scenario.Kills; kill++)
            {
                await world.StartAsync(Points(scenario, kill == 1 ? contact : null));
                if (last is { } before)
                {
                    await CheckAsync(world, before.Scenario, before.Contact);
                    last = null;
                }

                await (kill == 1 ? scenario.Drive(world, contact) : Task.CompletedTask);
                await DieAsync(world, scenario, contact, kill);
            }

            last = (scenario, contact);
        }

        await world.StartAsync("");
        await CheckAsync(world, last!.Value.Scenario, last.Value.Contact);
        Assert.Empty(await CrashAudit.ViolationsAsync(world));
    }

    /// <summary>The same contact's later kills count from the start: it has said all it had to say.</summary>
    private static string Points(CrashScenario scenario, string? contact)
    {
        string[] points = [.. scenario.Also.Split(',', StringSplitOptions.RemoveEmptyEntries), .. scenario.Point.Split(',', StringSplitOptions.RemoveEmptyEntries)];
        return string.Join(',', points.Select(point => contact is null ? point : $"{point}@{contact}"));
    }

    private async Task DieAsync(CrashWorld world, CrashScenario scenario, string contact, int kill)
    {
        if (scenario.Point.Length == 0)
        {
            await world.Lull.KillAsync();
            return;
        }

        try
        {
            var reached = await world.Lull.DieAsync();
            world.Mend();
            Assert.StartsWith(scenario.Point, reached, StringComparison.Ordinal);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{scenario.Point} was not reached by {contact} (kill {kill.ToString(CultureInfo.InvariantCulture)}; {string.Join("; ", scenario.Transitions)}):\n{world.Lull.Output}");
        }
    }

    private async Task CheckAsync(CrashWorld world, CrashScenario scenario, string contact)
    {
        var what = $"{contact} at {scenario.Point} ({string.Join("; ", scenario.Transitions)})";
        await world.SayAgainAsync();
        await scenario.Then(world, contact);
        var fates = await CrashChecks.EndedAsync(world, world.Acknowledged.Where(said => said.Contact == contact));
        Assert.NotEmpty(fates);
        Assert.All(fates, fate => Assert.True(fate.State == scenario.End, $"{what}: not {scenario.End}: {fate.Json}\n{world.Lull.Output}"));
        Assert.True(world.Ghl.SentTo(contact).Count is var sent && (scenario.Replies is { } replies ? sent == replies : sent <= 1), $"{what}: {string.Join(" | ", world.Ghl.SentTo(contact))}");
        Assert.Empty(CrashChecks.Violations(world, fates));
        if (scenario.IsDueAtOnce)
        {
            CheckLag(world, fates, what);
        }

        Interlocked.Add(ref _kills, scenario.Kills);
        _report.Enqueue($"{scenario.Kills} × {(scenario.Point.Length > 0 ? scenario.Point : "from outside")}: {string.Join("; ", scenario.Transitions)}");
    }

    /// <summary>On a machine so busy that starting Lull takes it longer than the bound, the bound is what the start took.</summary>
    private void CheckLag(CrashWorld world, IReadOnlyList<Fate> fates, string what)
    {
        var due = fates.Max(fate => fate.Steps[0].At).AddSeconds(CrashWorld.WaitSeconds);
        var from = due > world.BackAt ? due : world.BackAt;
        var lag = (fates.Max(fate => fate.Steps[^1].At) - from) / world.Speed;
        _lags.Enqueue(lag);
        var bound = world.Lull.StartedIn > DueWithin ? world.Lull.StartedIn : DueWithin;
        Assert.True(lag <= bound, $"{what}: answered {lag.TotalSeconds:0.00} s after the process was back, which was to be {bound.TotalSeconds:0.00} s: {fates[0].Json}");
    }

    [GeneratedRegex(@"^\s*(?<from>\[\*\]|\w+) --> (?<to>\w+): (?<causes>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Arrow();
}
