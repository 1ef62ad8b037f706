using Lull.Hosting;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>
/// Three nodes on one PostgreSQL behind a client that goes round and says again what was not acknowledged. Nodes die at points and moments drawn from a seed and are started again while the
/// others go on; now and then the database is restarted or crashes. As <see cref="RandomCrashTests"/>, with a third of the kills: one costs as much as three there.
/// </summary>
public sealed class PostgresRandomCrashTests(ITestOutputHelper output)
{
    private const int KillsUnlessAsked = 14, Share = 3, Nodes = 3, Lanes = 2, KillsOfOneStore = 25, Contacts = 12;

    /// <summary>Every so many kills the database goes too.</summary>
    private const int DatabaseEvery = 5;

    /// <summary>Slower than on SQLite: nobody may stand still for 37 s of Lull's clock, and a busy machine lets processes wait.</summary>
    private const int Speed = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    private readonly CrashFindings _findings = new(output);

    [Fact]
    public async Task Nodes_and_their_database_killed_at_random_nothing_is_lost_nothing_is_answered_twice_and_nothing_stale_goes_out()
    {
        var seed = CrashFindings.AskedSeed ?? Random.Shared.Next();
        var kills = CrashFindings.AskedKills is { } asked ? Math.Max(1, asked / Share) : KillsUnlessAsked;
        await Parallel.ForAsync(0, Lanes, new ParallelOptions { MaxDegreeOfParallelism = Lanes }, async (lane, _) =>
        {
            for (var (left, store) = ((kills + Lanes - 1 - lane) / Lanes, 0); left > 0; left -= KillsOfOneStore, store++)
            {
                var stage = new CrashStage(IsPostgres: true, IsPooled: lane == 1, Nodes) { IsCluster = (lane + store) % 2 == 1, HasOwnServer = true };

                // In real time the database's own clock decides; faster, it is told Lull's.
                var speed = store % 2 == 1 ? 1 : Speed;
                var (one, times) = (unchecked(seed + lane * 1_000_003 + store * 7_919), Math.Min(left, KillsOfOneStore));
                await _findings.OfAsync(
                    $"store of seed {one} ({stage}, speed {speed})",
                    () => CrashWorld.StartAsync(stage, speed, ("REPLY_TIMEOUT", "20s")),
                    world => LiveAndDieAsync(world, stage, one, times));
            }
        });
        _findings.Conclude($"seed {seed} (LULL_CRASH_SEED={seed} LULL_CRASH_KILLS={kills * Share} repeats it)");
    }

    private async Task LiveAndDieAsync(CrashWorld world, CrashStage stage, int seed, int kills)
    {
        var schedule = new CrashSchedule(seed, Contacts, hasFaults: kills == KillsOfOneStore);
        var answers = new CrashSchedule(seed + 1, Contacts, hasFaults: kills == KillsOfOneStore);
        var next = 0;
        world.Door = () => world.Nodes[(int)((uint)Interlocked.Increment(ref next) % Nodes)];
        var (model, ghl) = (world.Model.Otherwise, world.Ghl.OtherwiseSend);
        world.Model.Otherwise = _ => answers.Model();
        world.Ghl.OtherwiseSend = _ => answers.Ghl();
        for (var kill = 0; kill < kills;)
        {
            var (life, victim, goes) = (schedule.Next(), schedule.OneOf(Nodes), schedule.OneOf(DatabaseEvery));
            kill += await StartDeadAsync(world, life.CrashAt);
            await Task.WhenAll(ActsAsync(world, life), goes == 0 || kill == kills / 2 ? BreakDatabaseAsync(world, isCrash: schedule.OneOf(2) == 0) : Task.CompletedTask);
            kill += await DieAsync(world, stage, life, victim);
        }

        (world.Model.Otherwise, world.Ghl.OtherwiseSend) = (model, ghl);
        await RestartAllAsync(world);
        await world.SayAgainAsync();
        await world.Living.AskAsync("/resume");
        await _findings.CheckAsync(world, Patience);
    }

    /// <summary>Those that died are back, to die at the next point; how many died while they started.</summary>
    private async Task<int> StartDeadAsync(CrashWorld world, string crashAt)
    {
        var deaths = 0;
        foreach (var node in world.Nodes.Where(node => !node.IsRunning))
        {
            if (!await world.TryStartAsync(node, crashAt))
            {
                _findings.Killed(node.Reached);
                deaths++;
                await node.StartAsync();
            }
        }

        return deaths;
    }

    private static async Task ActsAsync(CrashWorld world, CrashLife life)
    {
        await world.SayAgainAsync();
        await world.Door().AskAsync("/resume");
        foreach (var act in life.Acts)
        {
            await CrashActs.ActAsync(world, act, Contacts);
        }
    }

    private static async Task BreakDatabaseAsync(CrashWorld world, bool isCrash)
    {
        var server = world.Database!.Own!;
        await (isCrash ? server.CrashAsync() : server.StopAsync());
        await server.StartAsync();
    }

    /// <summary>Lets a node reach its point, or kills one once the time is over; how many have died.</summary>
    private async Task<int> DieAsync(CrashWorld world, CrashStage stage, CrashLife life, int victim)
    {
        if (world.Nodes.All(node => node.IsRunning))
        {
            // Whoever lives on has reached no point: it lay on a way that another went.
            await Task.WhenAny(world.Nodes.Select(node => node.EndAsync(life.Patience)));
        }

        if (world.Nodes.All(node => node.IsRunning))
        {
            await world.Nodes[victim].KillAsync();
            _findings.Killed(null);
            return 1;
        }

        var deaths = 0;
        foreach (var node in world.Nodes.Where(node => !node.IsRunning))
        {
            // All its words are read once this returns.
            if (await node.EndAsync() is var code && node.Reached is { } point)
            {
                _findings.Killed(point);
                deaths++;
            }
            else if (!stage.IsCluster || code != ExitCodes.LeftCluster)
            {
                throw new InvalidOperationException($"A node ended with {code}, and nobody killed it:\n{node.Output}");
            }
        }

        return deaths;
    }

    /// <summary>None lives for a moment; then all do, and none is to die.</summary>
    private async Task RestartAllAsync(CrashWorld world)
    {
        foreach (var node in world.Nodes.Where(node => node.IsRunning))
        {
            await node.KillAsync();
            _findings.Killed(null);
        }

        foreach (var node in world.Nodes)
        {
            await node.StartAsync();
        }
    }
}
