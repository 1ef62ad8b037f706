using System.Diagnostics;
using System.Globalization;
using Lull.Tests.EndToEnd.Crashing;
using Lull.Tests.Harness;
using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.EndToEnd.Cluster;

/// <summary>
/// Three nodes on one PostgreSQL, behind a client that gives every webhook to the next of them: again and again one of them is killed, at a step or at a moment drawn from a seed, and now and then the
/// database itself, while contacts write and neither the model nor GHL behaves. <c>LULL_CRASH_KILLS</c> = how many kills; <c>LULL_CRASH_SEED</c> draws the same ones.
/// </summary>
public sealed class RandomNodeCrashTests(ITestOutputHelper output)
{
    private const int KillsUnlessAsked = 8, Contacts = 24, MaxWaitSeconds = 20, KillsBetweenRestarts = 4;

    // A database that has just come back may keep a commit waiting.
    private static readonly TimeSpan CommitsWithin = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nodes_and_their_database_killed_at_random_lose_nothing_and_answer_nothing_twice(bool isCluster)
    {
        var seed = Number("LULL_CRASH_SEED") ?? Random.Shared.Next();
        var kills = Number("LULL_CRASH_KILLS") ?? KillsUnlessAsked;
        await using var server = await PostgresServer.CreateAsync();
        var started = Stopwatch.GetTimestamp();
        await using var nodes = await SeveralNodes.StartOnAsync(
            await TestDatabase.CreateOnAsync(server), 3, isCluster, ("MESSAGE_BATCH_MAX_WAIT", $"{MaxWaitSeconds}"));
        var answers = new CrashSchedule(seed + 1, Contacts);
        nodes.Model.Otherwise = _ => Model(answers);
        nodes.Ghl.OtherwiseSend = _ => Ghl(answers);
        using (var end = new CancellationTokenSource())
        {
            var writing = WriteAsync(nodes, seed + 2, end.Token);
            await KillAsync(nodes, server, seed, kills);
            await end.CancelAsync();
            await writing;
        }

        (nodes.Model.Otherwise, nodes.Ghl.OtherwiseSend) = (_ => ModelAnswer.Echo, _ => GhlAnswer.Accept);
        await ReviveAsync(nodes);
        var fates = await EndedAsync(nodes);
        string[] violations =
        [
            .. CrashChecks.Violations(new Outside(nodes.Model, nodes.Ghl, "three nodes", TimeSpan.FromSeconds(MaxWaitSeconds), CommitsWithin), fates),
            .. await AuditAsync(nodes),
        ];
        var report = $"seed {seed}: {kills} kills, cluster: {isCluster}, {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s, {fates.Count} acknowledged messages, {violations.Length} violations";
        output.WriteLine(report);
        Assert.True(violations.Length == 0, $"{report}\n{string.Join('\n', violations)}\n{nodes.Output}");
    }

    private static async Task KillAsync(SeveralNodes nodes, PostgresServer server, int seed, int kills)
    {
        var random = new Random(seed);
        var schedule = new CrashSchedule(seed, Contacts);
        for (var kill = 1; kill <= kills; kill++)
        {
            // Whichever dies, two live on.
            var node = nodes.Nodes[random.Next(nodes.Nodes.Count)];
            await DieAsync(node, TimeSpan.FromMilliseconds(random.Next(1500)));
            if (kill % KillsBetweenRestarts == 0)
            {
                await (random.Next(2) == 0 ? server.StopAsync() : server.CrashAsync());
                await server.StartAsync();
            }

            try
            {
                await node.StartToDieAsync(schedule.Next().CrashAt);
            }
            catch (InvalidOperationException) when (node.Reached is not null)
            {
                // It died while it started.
            }
        }
    }

    /// <summary>Lets it reach its point, if it has one, or kills it when its time is over.</summary>
    private static async Task DieAsync(LullProcess node, TimeSpan patience)
    {
        try
        {
            await node.EndAsync(patience);
        }
        catch (TimeoutException)
        {
            await node.KillAsync();
        }
    }

    private static async Task ReviveAsync(SeveralNodes nodes)
    {
        foreach (var node in nodes.Nodes)
        {
            await DieAsync(node, TimeSpan.Zero);
            await node.StartAsync();
        }
    }

    /// <summary>Somebody writes all the time, and now and then somebody forces.</summary>
    private static async Task WriteAsync(SeveralNodes nodes, int seed, CancellationToken end)
    {
        var random = new Random(seed);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(60));
        while (!end.IsCancellationRequested)
        {
            var contact = $"c{random.Next(Contacts)}";
            await nodes.SayUntilTakenAsync(contact);
            if (random.Next(10) == 0)
            {
                await nodes.ForceAsync(contact);
            }

            await pulse.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task<IReadOnlyList<Fate>> EndedAsync(SeveralNodes nodes)
    {
        List<Fate> fates = [];
        foreach (var said in nodes.Acknowledged)
        {
            fates.Add(await SeveralNodes.UntilAsync(
                async () => new Fate(said, await nodes.OtherThan(null).GetAsync($"/messages?external_id={said.Id}&contact={said.Contact}")), fate => fate.IsEnded, $"{said} is forgotten"));
        }

        return fates;
    }

    private static async Task<IEnumerable<string>> AuditAsync(SeveralNodes nodes)
    {
        var audit = await nodes.OtherThan(null).GetAsync("/audit");
        return audit.GetProperty("clean").GetBoolean() ? [] : [$"the audit finds: {audit}"];
    }

    /// <summary>Without a refused key: it is tried once a minute, and here a minute is one.</summary>
    private static ModelAnswer Model(CrashSchedule answers) => answers.Model() is var answer && answer.Status == 401 ? ModelAnswer.Echo : answer;

    private static GhlAnswer Ghl(CrashSchedule answers) => answers.Ghl() is var answer && answer.Status == 401 ? GhlAnswer.Accept : answer;

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;
}
