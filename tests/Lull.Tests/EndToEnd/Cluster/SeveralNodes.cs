using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Lull.Tests.Harness;
using Lull.Tests.Harness.Postgres;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.EndToEnd.Cluster;

/// <summary>Real processes on one PostgreSQL, between one model and one GHL, behind a client that gives every webhook to the next of them.</summary>
internal sealed class SeveralNodes : IAsyncDisposable
{
    /// <summary>The deadline of everything that is waited for; far beyond what a slow machine needs.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(120);

    /// <summary>How long a burst is waited for.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    private readonly TestDatabase _database;
    private readonly ConcurrentQueue<Said> _acknowledged = new();
    private int _next, _numbers;

    private readonly Func<LullProcess> _another;

    private SeveralNodes(TestDatabase database, FakeModel model, FakeGoHighLevel ghl, IReadOnlyList<LullProcess> nodes, Func<LullProcess> another)
        => (_database, Model, Ghl, Nodes, _another) = (database, model, ghl, nodes, another);

    public FakeModel Model { get; }

    public FakeGoHighLevel Ghl { get; }

    public IReadOnlyList<LullProcess> Nodes { get; }

    public IReadOnlyCollection<Said> Acknowledged => _acknowledged;

    /// <param name="isCluster">False: each stands alone, and they share the work through the database only.</param>
    public static async Task<SeveralNodes> StartAsync(int count, bool isCluster, params (string Name, string Value)[] settings)
        => await StartOnAsync(await TestDatabase.CreateAsync(), count, isCluster, settings);

    /// <param name="database">Gone with the nodes.</param>
    public static Task<SeveralNodes> StartOnAsync(TestDatabase database, int count, bool isCluster, params (string Name, string Value)[] settings)
        => StartEachAsync(database, count, isCluster, _ => settings);

    /// <param name="settingsOf">What differs from node to node, by its number.</param>
    public static async Task<SeveralNodes> StartEachAsync(TestDatabase database, int count, bool isCluster, Func<int, (string Name, string Value)[]> settingsOf)
    {

        // Dated ahead: the database's clock is the machine's, and Lull looks for its sends from the intent on.
        var ghl = await FakeGoHighLevel.StartAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(1)));
        var model = await FakeModel.StartAsync();
        LullProcess Make(int number) => new(
        [
            ("OPENAI_BASE_URL", model.BaseUrl.ToString()), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", "loc1"), ("GHL_BASE_URL", ghl.BaseUrl.ToString()),
            ("MESSAGE_BATCH_WAIT_TIME", Wait.TotalSeconds.ToString(CultureInfo.InvariantCulture)), ("REPLY_HISTORY_MESSAGES", "0"), ("DATABASE_URL", database.Url),

            // By this the model knows which of them asks.
            ("OPENAI_API_KEY", KeyOf(number)),
            .. isCluster ? [("CLUSTER_ADDRESS", "127.0.0.1"), ("CLUSTER_PORT", ServerTools.FreePort().ToString(CultureInfo.InvariantCulture))] : Array.Empty<(string, string)>(),
            .. settingsOf(number),
        ],
        speed: 1);
        var nodes = new SeveralNodes(database, model, ghl, [.. Enumerable.Range(0, count).Select(Make)], () => Make(count));
        foreach (var node in nodes.Nodes)
        {
            await node.StartAsync();
        }

        return nodes;
    }

    /// <summary>One more of the same kind, not started and not among the nodes.</summary>
    public LullProcess Another() => _another();

    /// <summary>The node that makes a model call.</summary>
    public LullProcess Of(ModelCall call) => Nodes[Enumerable.Range(0, Nodes.Count).First(number => call.Authorization == "Bearer " + KeyOf(number))];

    /// <summary>Any other one.</summary>
    public LullProcess OtherThan(LullProcess? node) => Nodes.First(other => other != node && other.IsRunning);

    /// <summary>Says something to the next node that takes it, as often as a sender would; its text occurs nowhere else.</summary>
    public async Task<Said> SayAsync(string contact, LullProcess? to = null)
    {
        var number = Interlocked.Increment(ref _numbers);
        var said = new Said(contact, $"m{number}", $"<{contact}.{number}>");
        for (var tries = 0; tries < 100; tries++)
        {
            var node = to ?? Nodes[Interlocked.Increment(ref _next) % Nodes.Count];
            if (node.IsRunning && await node.SayAsync(said.Text, contact, said.Id))
            {
                _acknowledged.Enqueue(said);
                return said;
            }
        }

        throw new InvalidOperationException($"Nobody takes {said}.");
    }

    /// <summary>The same while nodes die and come back: as often as it takes.</summary>
    public async Task SayUntilTakenAsync(string contact)
    {
        var number = Interlocked.Increment(ref _numbers);
        var said = new Said(contact, $"m{number}", $"<{contact}.{number}>");
        await UntilAsync(() => Next().SayAsync(said.Text, contact, said.Id), isTaken => isTaken, $"nobody takes {said}");
        _acknowledged.Enqueue(said);
    }

    /// <summary>Forces whatever the contact has said, on the next node; one that is dead does nothing.</summary>
    public Task ForceAsync(string contact) => Next().AskAsync($"/force-process-batch/{contact}");

    private LullProcess Next() => Nodes[(int)((uint)Interlocked.Increment(ref _next) % (uint)Nodes.Count)];

    /// <summary>Waits until everything acknowledged is answered; then that nothing was answered twice.</summary>
    public async Task EverythingIsAnsweredOnceAsync()
    {
        foreach (var said in Acknowledged)
        {
            await UntilAsync(
                () => OtherThan(null).GetAsync($"/messages?external_id={said.Id}&contact={said.Contact}"),
                fate => fate.GetProperty("state").GetString() == "answered",
                $"{said} is not answered");
        }

        foreach (var said in Acknowledged)
        {
            Assert.Single(Ghl.SentTo(said.Contact), reply => reply.Contains(said.Text, StringComparison.Ordinal));
        }
    }

    /// <summary>Waits until nothing is in a dead node's hands any more, and nothing due waits for somebody to take it.</summary>
    public async Task EverythingIsTakenUpFromAsync(int process)
    {
        // Half a second of being due is no waiting.
        var left = $"""
            SELECT (SELECT count(*) FROM lull.batches WHERE state < 10 AND owner LIKE '%/{process}/%')
                 + (SELECT count(*) FROM (SELECT max(received_at) AS last FROM lull.messages WHERE batch IS NULL AND outcome = 1 GROUP BY conversation) open
                    WHERE open.last + {(int)Wait.TotalMilliseconds + 500} < lull.now_ms(NULL))
            """;
        await UntilAsync(() => _database.QueryAsync<long>(left), count => count == 0, "not taken up");
    }

    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> expected, string otherwise)
    {
        using var late = new CancellationTokenSource(Soon);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var answer = await ask();
            if (expected(answer))
            {
                return answer;
            }

            Assert.False(late.IsCancellationRequested, $"{otherwise}: {answer}");
            await pulse.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public static Task UntilSaysAsync(LullProcess node, string words)
        => UntilAsync(() => Task.FromResult(node.Output), output => output.Contains(words, StringComparison.Ordinal), $"a node did not say «{words}»");

    /// <summary>What every node has printed, for a failure.</summary>
    public string Output => string.Join("\n--- the next node\n", Nodes.Select(node => node.Output));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await Model.DisposeAsync();
        await Ghl.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static string KeyOf(int node) => $"sk-node-{node}";
}
