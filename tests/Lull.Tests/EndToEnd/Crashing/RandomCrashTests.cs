using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>
/// Several processes side by side are killed at points and moments drawn from a seed, while contacts write, an operator acts, and neither the model nor GHL behaves.
/// <c>LULL_CRASH_KILLS</c> = how many kills; <c>LULL_CRASH_SEED</c> repeats a schedule.
/// </summary>
public sealed class RandomCrashTests(ITestOutputHelper output)
{
    private const int KillsUnlessAsked = 8, Lanes = 4, KillsOfOneStore = 25, Contacts = 8, Speed = 20;

    private readonly CrashFindings _findings = new(output);

    [Fact]
    public async Task Killed_at_random_among_failures_nothing_is_lost_nothing_is_answered_twice_and_nothing_stale_goes_out()
    {
        var seed = CrashFindings.AskedSeed ?? Random.Shared.Next();
        var kills = CrashFindings.AskedKills ?? KillsUnlessAsked;
        int[] lanes = [.. Enumerable.Range(0, Lanes).Select(lane => (kills + Lanes - 1 - lane) / Lanes)];
        await Parallel.ForAsync(0, Lanes, new ParallelOptions { MaxDegreeOfParallelism = Lanes }, async (lane, _) =>
        {
            for (var (left, store) = (lanes[lane], 0); left > 0; left -= KillsOfOneStore, store++)
            {
                var (one, times) = (unchecked(seed + lane * 1_000_003 + store * 7_919), Math.Min(left, KillsOfOneStore));
                await _findings.OfAsync($"store of seed {one}", () => CrashWorld.StartAsync(Speed), world => LiveAndDieAsync(world, one, times));
            }
        });
        _findings.Conclude($"seed {seed} (LULL_CRASH_SEED={seed} LULL_CRASH_KILLS={kills} repeats it)");
    }

    private async Task LiveAndDieAsync(CrashWorld world, int seed, int kills)
    {
        var schedule = new CrashSchedule(seed, Contacts);
        var answers = new CrashSchedule(seed + 1, Contacts);
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
                await CrashActs.ActAsync(world, act, Contacts);
            }

            _findings.Killed(await DieAsync(world, life));
        }

        (world.Model.Otherwise, world.Ghl.OtherwiseSend) = (model, ghl);
        await world.StartAsync("");
        await world.SayAgainAsync();
        await world.Lull.AskAsync("/resume");
        await _findings.CheckAsync(world, CrashWorld.Soon);
    }

    /// <summary>Lets the process reach its point, or kills it once its time is over.</summary>
    private static async Task<string?> DieAsync(CrashWorld world, CrashLife life)
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
        return world.Lull.Reached;
    }
}
