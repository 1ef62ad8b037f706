using System.Collections.Concurrent;
using System.Globalization;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>Works lists of scenarios off: the next start, or another node, takes up what the last death left.</summary>
internal sealed class CrashWalk(CrashStage stage)
{
    /// <summary>"Within 2 s of the process being back", in real seconds of Lull's own clock, from its listening (or the burst's own end, if that is later) to the stored answer.</summary>
    private static readonly TimeSpan DueWithin = TimeSpan.FromSeconds(2);

    /// <summary>Where nodes share a store, what a dead one held is taken up once its lease has ended; by Lull's clock.</summary>
    private static readonly TimeSpan TakenUpWithin = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _report = [];
    private readonly ConcurrentQueue<TimeSpan> _lags = [];
    private int _kills;

    public int Kills => _kills;

    /// <summary>What was due at once: how long it took, at most, from the process being back, in real seconds.</summary>
    public TimeSpan Lag => _lags.Max();

    public string Report => string.Join('\n', _report);

    private bool HasOther => stage.Nodes > 1;

    public async Task WorkOffAsync(IEnumerable<CrashScenario> scenarios, int speed, params (string Name, string Value)[] settings)
    {
        await using var world = await CrashWorld.StartAsync(stage, speed, settings);
        (CrashScenario Scenario, string Contact)? last = null;
        var number = 0;
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

                world.HoldOthers();
                await (kill == 1 ? scenario.Drive(world, contact) : Task.CompletedTask);
                await DieAsync(world, scenario, contact, kill);
                await world.ContinueOthersAsync();
            }

            last = (scenario, contact);
            if (HasOther)
            {
                await CheckAsync(world, scenario, contact);
                last = null;
            }
        }

        if (last is { } one)
        {
            await world.StartAsync("");
            await CheckAsync(world, one.Scenario, one.Contact);
        }

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
            Assert.Fail($"{stage}: {scenario.Point} was not reached by {contact} (kill {kill.ToString(CultureInfo.InvariantCulture)}; {string.Join("; ", scenario.Transitions)}):\n{world.Output}");
        }
    }

    private async Task CheckAsync(CrashWorld world, CrashScenario scenario, string contact)
    {
        var what = $"{stage}: {contact} at {scenario.Point} ({string.Join("; ", scenario.Transitions)})";
        await world.SayAgainAsync();
        await scenario.Then(world, contact);
        var fates = await CrashChecks.EndedAsync(world, world.Acknowledged.Where(said => said.Contact == contact));
        Assert.NotEmpty(fates);
        Assert.All(fates, fate => Assert.True(fate.State == scenario.End, $"{what}: not {scenario.End}: {fate.Json}\n{world.Output}"));
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
        var bound = (world.Lull.StartedIn > DueWithin ? world.Lull.StartedIn : DueWithin) + (stage.IsPostgres ? TakenUpWithin / world.Speed : TimeSpan.Zero);
        Assert.True(lag <= bound, $"{what}: answered {lag.TotalSeconds:0.00} s after the process was back, which was to be {bound.TotalSeconds:0.00} s: {fates[0].Json}");
    }
}
