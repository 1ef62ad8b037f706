using System.CommandLine;
using System.Globalization;

namespace Lull.Bench;

/// <summary>The words of the benchmark. Every number has an upper bound, so that no run goes on for ever.</summary>
internal static class BenchCommandLine
{
    private const int Measured = 0, NotMeasured = 1;

    /// <summary>What a run that is told to stop may take to end its servers and delete its folders.</summary>
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(30);

    private static readonly Option<bool> Smoke = new("--smoke") { Description = "A short run that shows that everything works; its numbers mean nothing.", Recursive = true };

    private static readonly Option<DirectoryInfo?> Folder = new("--folder")
    {
        Description = "Where the stores are made, in folders that are deleted at the end. The default is beside the built benchmark: a temporary folder may be memory.",
        Recursive = true,
    };

    private static readonly Option<StoreKind> Store = new("--store")
    {
        Description = "sqlite, or postgres: then the benchmark starts one for each store, in the same folder, and counts its CPU as Lull's.",
        Recursive = true,
    };

    private static readonly Option<FileInfo?> Lull = new("--lull")
    {
        Description = "The Lull.dll to measure, for example a published one. The default is the one that was built beside the benchmark.",
        Recursive = true,
    };

    /// <returns>The process's exit code: 0 when every row was measured and no webhook failed.</returns>
    public static Task<int> RunAsync(string[] args)
    {
        // Tables read the same everywhere.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return Root().Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = Parting });
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("Measures the real Lull server, as a process of its own, over loopback. bench/README.md tells how to read the numbers.")
        {
            Smoke, Folder, Store, Lull, Ingest(), Nodes(), Latency(), Lateness(), Growth(), Memory(), Restart(), Startup(), Bare(),
        };
        root.SetAction((result, token) => MeasureAsync(result, SmokeAsync, token));
        return root;
    }

    private static Command Ingest()
    {
        var rounds = Number("--rounds", "How often every server has its turn.", 5, 1, 20);
        var seconds = Number("--seconds", "How long a turn is.", 4, 1, 60);
        var warmUp = WarmUp();
        var connections = Number("--connections", "How many senders, each of which waits for its answer before it sends again.", 256, 1, 1024);
        var few = Number("--few", "How many of them in the table of little concurrency.", 16, 1, 1024);
        var burst = Number("--burst", "How many messages a contact writes, in the mean.", 3, 1, 20);
        var withPeers = new Option<bool>("--peers") { Description = "Flask on PostgreSQL and BullMQ on Redis take turns with them." };
        var install = new Option<bool>("--install") { Description = "Install first what the peers lack on this machine, with apt-get and npm, as root." };
        var command = new Command("ingest", "Acknowledged webhooks a second beside a bare Kestrel endpoint, in the same run.")
        {
            rounds, seconds, warmUp, connections, few, burst, withPeers, install,
        };
        command.SetAction((result, token) => MeasureAsync(result, (setup, cancel) => RunAsync(result, setup, cancel), token));
        return command;

        async Task RunAsync(ParseResult result, RunSetup setup, CancellationToken cancellationToken)
        {
            var peers = result.GetValue(withPeers) || result.GetValue(install) ? Peer.All : [];
            foreach (var peer in result.GetValue(install) ? peers : [])
            {
                await peer.InstallAsync(setup.Output, cancellationToken);
            }

            await new IngestRun(setup, Plan(result), peers).RunAsync(cancellationToken);
        }

        IngestPlan Plan(ParseResult result) => IsSmoke(result) ? IngestPlan.Smoke : new(
            result.GetValue(rounds),
            TimeSpan.FromSeconds(result.GetValue(seconds)),
            TimeSpan.FromSeconds(result.GetValue(warmUp)),
            result.GetValue(connections),
            result.GetValue(few),
            result.GetValue(burst));
    }

    private static Command Nodes()
    {
        var rounds = Number("--rounds", "How often every number of nodes has its turn.", 3, 1, 20);
        var seconds = Number("--seconds", "How long a turn is.", 4, 1, 60);
        var warmUp = WarmUp();
        var connections = Number("--connections", "How many senders, spread evenly over the nodes.", 256, 3, 1024);
        var few = Number("--few", "How many of them in the table of little concurrency.", 16, 3, 1024);
        var command = new Command("nodes", "What a second and a third node cost, each by itself and in a cluster, on one machine. Needs --store postgres.") { rounds, seconds, warmUp, connections, few };
        command.SetAction((result, token) => MeasureAsync(
            result,
            (setup, cancel) => new NodesRun(setup, IsSmoke(result) ? IngestPlan.Smoke : new(
                result.GetValue(rounds),
                TimeSpan.FromSeconds(result.GetValue(seconds)),
                TimeSpan.FromSeconds(result.GetValue(warmUp)),
                result.GetValue(connections),
                result.GetValue(few),
                MeanMessages: 3)).RunAsync(cancel),
            token));
        return command;
    }

    private static Command Latency()
    {
        var rate = Number("--rate", "Webhooks a second, sent on time whether or not the earlier ones are answered.", 1000, 1, 20_000);
        var seconds = Number("--seconds", "How long it is measured.", 10, 1, 120);
        var warmUp = WarmUp();
        var command = new Command("latency", "How long an acknowledgement takes at a fixed rate, counted from when it was due to be sent.") { rate, seconds, warmUp };
        command.SetAction((result, token) => MeasureAsync(
            result,
            (setup, cancel) => new LatencyRun(
                setup, IsSmoke(result) ? LatencyPlan.Smoke : new(result.GetValue(rate), result.GetValue(seconds), result.GetValue(warmUp))).RunAsync(cancel),
            token));
        return command;
    }

    private static Command Startup()
    {
        var times = Number("--times", "How many starts.", 7, 1, 50);
        var command = new Command("startup", "From the start of the process to its first acknowledged webhook.") { times };
        command.SetAction((result, token) => MeasureAsync(result, (setup, cancel) => new StartupRun(setup, IsSmoke(result) ? 1 : result.GetValue(times)).RunAsync(cancel), token));
        return command;
    }

    private static Command Restart()
    {
        var bursts = Number("--bursts", "How many contacts wait for an answer when the process is killed.", 100_000, 1, 200_000);
        var command = new Command("restart", "From the start after a kill until it listens and every open burst is waited for again.") { bursts };
        command.SetAction((result, token) => MeasureAsync(
            result, (setup, cancel) => new RestartRun(setup, IsSmoke(result) ? RestartRun.SmokeBursts : result.GetValue(bursts)).RunAsync(cancel), token));
        return command;
    }

    private static Command Lateness()
    {
        var bursts = Number("--bursts", "How many bursts stay open meanwhile.", 50_000, 1, 200_000);
        var rate = Number("--rate", "How many bursts a second come due.", 100, 1, 2_000);
        var seconds = Number("--seconds", "For how long.", 20, 1, 60);
        var wait = Number("--wait", "Seconds of silence that end a burst; all must be stored within them.", 90, 5, 300);
        var command = new Command("lateness", "From the moment a burst is due until the model is called, while many are open.") { bursts, rate, seconds, wait };
        command.SetAction((result, token) => MeasureAsync(
            result,
            (setup, cancel) => new LatenessRun(setup, IsSmoke(result) ? LatenessPlan.Smoke : new(
                result.GetValue(bursts), result.GetValue(rate), TimeSpan.FromSeconds(result.GetValue(seconds)), TimeSpan.FromSeconds(result.GetValue(wait)), Speed: 1)).RunAsync(cancel),
            token));
        return command;
    }

    private static Command Growth()
    {
        var small = Number("--small", "Messages in the small store.", 10_000, 1, 1_000_000);
        var large = Number("--large", "Messages in the large one.", 5_000_000, 1, 20_000_000);
        var measured = Number("--webhooks", "How many are measured in a turn.", 20_000, 100, 200_000);
        var rounds = Number("--rounds", "How often each store has its turn.", 5, 1, 20);
        var command = new Command("growth", "CPU per webhook on a large store beside that on a small one.") { small, large, measured, rounds };
        command.SetAction((result, token) => MeasureAsync(
            result,
            (setup, cancel) => new GrowthRun(
                setup, IsSmoke(result) ? GrowthPlan.Smoke : new(result.GetValue(small), result.GetValue(large), result.GetValue(measured), result.GetValue(rounds))).RunAsync(cancel),
            token));
        return command;
    }

    private static Command Memory()
    {
        var few = Number("--few", "Open bursts at the first look.", 10_000, 1, 100_000);
        var many = Number("--many", "Open bursts at the second.", 110_000, 2, 500_000);
        var burst = Number("--burst", "How many messages a contact writes, in the mean.", 3, 1, 20);
        var command = new Command("memory", "What one more open burst costs in memory.") { few, many, burst };
        command.SetAction((result, token) => MeasureAsync(
            result, (setup, cancel) => new MemoryRun(setup, IsSmoke(result) ? MemoryPlan.Smoke : new(result.GetValue(few), result.GetValue(many), result.GetValue(burst))).RunAsync(cancel), token));
        return command;
    }

    private static Command Bare()
    {
        var command = new Command(BareKestrel.Word, "The yardstick; the benchmark starts it itself.") { Hidden = true };
        command.SetAction((_, token) => BareKestrel.ServeAsync(token));
        return command;
    }

    private static async Task SmokeAsync(RunSetup setup, CancellationToken cancellationToken)
    {
        if (!setup.IsSmoke)
        {
            throw new BenchException("Say what to measure: ingest, nodes, latency, lateness, growth, memory, restart or startup; or --smoke for a short run of each. --help tells more.");
        }

        // Two rows of runs beside each other: a short run is mostly servers that start.
        var (left, right) = (setup with { Output = new StringWriter() }, setup with { Output = new StringWriter() });
        await Task.WhenAll(LeftAsync(), RightAsync());
        setup.Output.Write($"{left.Output}{right.Output}");

        async Task LeftAsync()
        {
            await new IngestRun(left, IngestPlan.Smoke, peers: []).RunAsync(cancellationToken);
            await new LatencyRun(left, LatencyPlan.Smoke).RunAsync(cancellationToken);
            await new LatenessRun(left, LatenessPlan.Smoke).RunAsync(cancellationToken);
            await new MemoryRun(left, MemoryPlan.Smoke).RunAsync(cancellationToken);
            if (left.Store == StoreKind.Postgres)
            {
                await new NodesRun(left, IngestPlan.Smoke).RunAsync(cancellationToken);
            }
        }

        async Task RightAsync()
        {
            await new GrowthRun(right, GrowthPlan.Smoke).RunAsync(cancellationToken);
            await new RestartRun(right, RestartRun.SmokeBursts).RunAsync(cancellationToken);
            await new StartupRun(right, times: 1).RunAsync(cancellationToken);
        }
    }

    private static async Task<int> MeasureAsync(ParseResult result, Func<RunSetup, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        try
        {
            await run(new(output, result.GetValue(Folder)?.FullName ?? RunSetup.DefaultFolder, result.GetValue(Lull)?.FullName, IsSmoke(result), result.GetValue(Store)), cancellationToken);
            return Measured;
        }
        catch (Exception exception) when (exception is BenchException or HttpRequestException)
        {
            error.WriteLine(exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            error.WriteLine("Stopped before everything was measured.");
        }

        return NotMeasured;
    }

    private static Option<int> WarmUp() => Number("--warm-up", "How many seconds Lull is driven before, until the runtime has compiled what is hot.", 15, 1, 120);

    private static bool IsSmoke(ParseResult result) => result.GetValue(Smoke);

    private static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} {least}–{most}.", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < least || given > most))
            {
                result.AddError($"{name} must be from {least} to {most}.");
            }
        });
        return option;
    }
}
