namespace Lull.Bench.Runs;

/// <summary>How long a fresh start takes of the published server takes until the first webhook is stored and acknowledged; the smoke run starts the built one.</summary>
internal sealed class StartupRun(RunSetup setup, int times)
{
    /// <summary>The budget, in seconds.</summary>
    private const double Most = 1.5;

    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(10);

    /// <exception cref="BenchException">A webhook failed, or the server did.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var published = setup.NewFolder();
        var program = setup.Lull ?? (setup.IsSmoke ? null : await PublishedLull.PublishAsync(published.Path, cancellationToken));
        List<TimeSpan> listening = [], acknowledged = [], cpu = [];
        for (var i = 0; i < times; i++)
        {
            using var folder = setup.NewFolder();
            await using var store = await setup.NewStoreAsync(folder.Path, cancellationToken);
            await using var lull = await LullServer.StartAsync(store, folder.Path, program, cancellationToken);
            using var load = ClosedLoop.Connect(lull.Process.Address, new(meanMessages: 1), connections: 1);
            await load.RunAsync(Enough, count: 1, cancellationToken);
            acknowledged.Add(lull.Process.Age);
            listening.Add(lull.Process.ListeningAfter);
            cpu.Add(lull.Process.Usage.Cpu);
        }

        var table = new Table($"startup: {times} starts with an empty store, {setup.Machine}", "measured", "median", "least", "most");
        Add("start → listening", listening);
        Add("start → first acknowledged webhook", acknowledged);
        Add("CPU until then", cpu);
        table.WriteTo(setup.Output);
        setup.Output.WriteLine(Budget.AtMost("start → first acknowledged webhook, median", Most, Percentiles.Of(acknowledged).At(0.5).TotalSeconds, " s"));

        void Add(string row, IEnumerable<TimeSpan> taken)
        {
            var all = Percentiles.Of(taken);
            table.Add(row, Show.Seconds(all.At(0.5)), Show.Seconds(all.At(0)), Show.Seconds(all.Max));
        }
    }
}
