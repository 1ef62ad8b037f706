using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Lull.Tests.Harness.Postgres;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Harness;

/// <summary>One thing a contact said, in words that occur nowhere else. <paramref name="Contact"/> and <paramref name="Id"/> are the sender's.</summary>
internal sealed record Said(string Contact, string Id, string Text);

/// <summary>What a crash test's processes keep their store in, and how many there are.</summary>
/// <param name="IsPostgres">False: SQLite, each time the same folder.</param>
/// <param name="IsPooled">True: through PgBouncer in transaction mode.</param>
internal sealed record CrashStage(bool IsPostgres = false, bool IsPooled = false, int Nodes = 1)
{
    /// <summary>True: the nodes are one cluster; false: each stands alone.</summary>
    public bool IsCluster { get; init; }

    /// <summary>By Lull's clock: a machine that stands still for a moment must not make every burst overdue where newer messages are what is tested.</summary>
    public int MaxWaitSeconds { get; init; } = 60;

    /// <summary>True: the database's server is the test's own, which it may stop.</summary>
    public bool HasOwnServer { get; init; }

    public override string ToString() => IsPostgres
        ? $"PostgreSQL{(IsPooled ? " through PgBouncer" : "")}, {Nodes} node{(Nodes > 1 ? IsCluster ? "s in a cluster" : "s that stand alone" : "")}"
        : "SQLite";
}

/// <summary>Real processes of which one dies again and again, between a model and a GHL that live on, and what was said to them.</summary>
internal sealed class CrashWorld : IAsyncDisposable
{
    public const int WaitSeconds = 5;

    /// <summary>The deadline of everything that is waited for; far beyond what a slow machine needs.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, ModelAnswer> _modelAnswers = new();
    private readonly ConcurrentDictionary<string, GhlAnswer> _ghlAnswers = new();
    private readonly ConcurrentQueue<Said> _acknowledged = new();
    private readonly ConcurrentQueue<Said> _unacknowledged = new();
    private int _numbers;

    private CrashWorld(FakeModel model, FakeGoHighLevel ghl, CrashDatabase? database, CrashStage stage, int speed, (string Name, string Value)[] settings)
    {
        (Model, Ghl, Database, Stage, Speed) = (model, ghl, database, stage, speed);
        var since = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        Nodes = [.. Enumerable.Range(0, stage.Nodes).Select(_ => new LullProcess(
        [
            ("OPENAI_BASE_URL", model.BaseUrl.ToString()), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", "loc1"), ("GHL_BASE_URL", ghl.BaseUrl.ToString()),
            ("MESSAGE_BATCH_WAIT_TIME", $"{WaitSeconds}"), ("MESSAGE_BATCH_MAX_WAIT", $"{stage.MaxWaitSeconds}"),

            // So that a reply that echoes its prompt names the burst's messages and no earlier ones.
            ("REPLY_HISTORY_MESSAGES", "0"), .. settings,
            .. database is null ? Array.Empty<(string, string)>() : [("DATABASE_URL", database.Url), ("LULL_CLOCK_SINCE", since)],
            .. stage.IsCluster ? [("CLUSTER_ADDRESS", "127.0.0.1"), ("CLUSTER_PORT", ServerTools.FreePort().ToString(CultureInfo.InvariantCulture))] : Array.Empty<(string, string)>(),
        ],
        speed))];
        Door = () => Living;
        model.Otherwise = call => _modelAnswers.FirstOrDefault(answer => call.Burst.Contains($"<{answer.Key}.", StringComparison.Ordinal)).Value ?? ModelAnswer.Echo;
        ghl.OtherwiseSend = body => _ghlAnswers.GetValueOrDefault(body.GetProperty("contactId").GetString()!) ?? GhlAnswer.Accept;
    }

    public FakeModel Model { get; }

    public FakeGoHighLevel Ghl { get; }

    /// <summary>Null: the store is SQLite.</summary>
    public CrashDatabase? Database { get; }

    public IReadOnlyList<LullProcess> Nodes { get; }

    /// <summary>The process that dies.</summary>
    public LullProcess Lull => Nodes[0];

    /// <summary>The first that lives.</summary>
    public LullProcess Living => Nodes.FirstOrDefault(node => node.IsRunning) ?? Lull;

    /// <summary>Who is told what is said.</summary>
    public Func<LullProcess> Door { get; set; }

    /// <summary>What every process has printed, for a failure.</summary>
    public string Output => string.Join("\n--- the next node\n", Nodes.Select(node => node.Output));

    public CrashStage Stage { get; }

    /// <summary>How many of Lull's seconds pass in a real one.</summary>
    public int Speed { get; }

    /// <summary>Lull's own clock when the last process had just begun to listen, or when another had lost the one beside it.</summary>
    public DateTimeOffset BackAt { get; private set; }

    public IReadOnlyCollection<Said> Acknowledged => _acknowledged;

    public static Task<CrashWorld> StartAsync(int speed, params (string Name, string Value)[] settings) => StartAsync(new CrashStage(), speed, settings);

    /// <summary>Every node but the one that is to die listens.</summary>
    public static async Task<CrashWorld> StartAsync(CrashStage stage, int speed, params (string Name, string Value)[] settings)
    {
        // Dated ahead, because Lull's clock runs faster here than the fake's.
        var ghl = await FakeGoHighLevel.StartAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(1)));
        var database = stage.IsPostgres ? await CrashDatabase.CreateAsync(stage) : null;
        var world = new CrashWorld(await FakeModel.StartAsync(), ghl, database, stage, speed, settings);
        foreach (var node in world.Nodes.Skip(1))
        {
            await node.StartAsync();
        }

        return world;
    }

    /// <summary>Starts the process, to die at <paramref name="crashAt"/> if that is not empty.</summary>
    public async Task StartAsync(string crashAt)
    {
        await Lull.StartToDieAsync(crashAt);
        await NoteBackAsync();
    }

    /// <summary>The other nodes do nothing, so that the one that is to die takes every step up to its point.</summary>
    public void HoldOthers() => Signal("STOP");

    /// <summary>They go on: one of them takes up what the dead one left.</summary>
    public async Task ContinueOthersAsync()
    {
        if (Nodes.Count > 1)
        {
            Signal("CONT");
            await NoteBackAsync();
        }
    }

    /// <summary>The same; false when it reached its point while it took up what the last one left, before it listened.</summary>
    public Task<bool> TryStartAsync(string crashAt) => TryStartAsync(Lull, crashAt);

    /// <summary>The same of any node.</summary>
    public async Task<bool> TryStartAsync(LullProcess node, string crashAt)
    {
        try
        {
            await node.StartToDieAsync(crashAt);
            await NoteBackAsync();
            return true;
        }
        catch (InvalidOperationException) when (node.Reached is not null)
        {
            return false;
        }
    }

    /// <summary>The model answers everything the contact says so, until <see cref="Mend"/>: however often a slow machine has Lull ask.</summary>
    public void ModelAnswers(string contact, ModelAnswer answer) => _modelAnswers[contact] = answer;

    /// <summary>The same of GHL.</summary>
    public void GhlAnswers(string contact, GhlAnswer answer) => _ghlAnswers[contact] = answer;

    /// <summary>The outside world works again.</summary>
    public void Mend()
    {
        _modelAnswers.Clear();
        _ghlAnswers.Clear();
    }

    /// <summary>Says something new; true when it was acknowledged.</summary>
    public Task<bool> SayAsync(string contact)
    {
        var number = Interlocked.Increment(ref _numbers);
        return SayAsync(new Said(contact, $"{contact}.{number}", $"<{contact}.{number}>"));
    }

    /// <summary>Says it, perhaps again, as a sender does that was not answered.</summary>
    public async Task<bool> SayAsync(Said said)
    {
        var isTaken = false;
        for (var tries = 0; !isTaken && tries < Nodes.Count; tries++)
        {
            isTaken = await Door().SayAsync(said.Text, said.Contact, said.Id);
        }

        if (!isTaken)
        {
            _unacknowledged.Enqueue(said);
            return false;
        }

        if (!_acknowledged.Contains(said))
        {
            _acknowledged.Enqueue(said);
        }

        return true;
    }

    /// <summary>What was not acknowledged is said again.</summary>
    public async Task SayAgainAsync()
    {
        for (var left = _unacknowledged.Count; left > 0 && _unacknowledged.TryDequeue(out var said); left--)
        {
            await SayAsync(said);
        }
    }

    /// <summary>The answer, or null when the process died before it gave one or there is none.</summary>
    public async Task<JsonElement?> TryGetAsync(string path)
    {
        try
        {
            return await Living.GetAsync(path);
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Net.Sockets.SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    public Task<JsonElement> FateAsync(Said said) => Living.GetAsync($"/messages?external_id={said.Id}&contact={said.Contact}");

    /// <summary>The fate of what the contact said first, once it is <paramref name="state"/>.</summary>
    public async Task<JsonElement> UntilAsync(string contact, string state)
    {
        var said = _acknowledged.First(said => said.Contact == contact);
        return await UntilAsync(() => FateAsync(said), fate => fate.GetProperty("state").GetString() == state, $"{said} is not {state}");
    }

    /// <summary>Asks until the answer is as expected, a few dozen times a second: the machine has processes to start meanwhile.</summary>
    public async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> expected, string otherwise, TimeSpan? patience = null)
    {
        using var late = new CancellationTokenSource(patience ?? Soon);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (true)
        {
            var answer = await ask();
            if (expected(answer))
            {
                return answer;
            }

            Assert.False(late.IsCancellationRequested, $"{otherwise}: {answer}\n{Output}");
            await pulse.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await Model.DisposeAsync();
        await Ghl.DisposeAsync();
        if (Database is not null)
        {
            await Database.DisposeAsync();
        }
    }

    private void Signal(string name)
    {
        foreach (var node in Nodes.Skip(1))
        {
            node.Signal(name);
        }
    }

    private async Task NoteBackAsync()
        => BackAt = await TryGetAsync("/health/live") is { } live ? live.GetProperty("timestamp").GetDateTimeOffset() : DateTimeOffset.MaxValue;
}
