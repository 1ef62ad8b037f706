namespace Lull.Bench.Runs;

/// <summary>How long it takes after a kill until every burst that was open is waited for again.</summary>
internal sealed class RestartRun(RunSetup setup, int bursts)
{
    public const int SmokeBursts = 200;

    /// <summary>The budget, in seconds.</summary>
    private const double Most = 5;

    private const int Connections = 64;

    /// <summary>The shortest wait of the measured server; what is stored later than this before the look may have been answered.</summary>
    private static readonly TimeSpan LongestStoring = TimeSpan.FromSeconds(200);

    /// <exception cref="BenchException">A webhook failed, the server did, or a burst was not there after the restart.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = setup.NewFolder();
        await using var store = await setup.NewStoreAsync(folder.Path, cancellationToken);
        await StoreAsync(store, folder.Path, cancellationToken);
        await using var lull = await LullServer.StartAsync(store, folder.Path, setup.Lull, cancellationToken);
        var (armed, armedAt) = await lull.ArmedAsync(cancellationToken);
        var waiting = await lull.WaitingAsync(cancellationToken);
        if (armed != bursts || waiting != bursts)
        {
            throw new BenchException($"{bursts} bursts were acknowledged; after the restart {armed} are waited for and the queue shows {waiting}.");
        }

        var table = new Table($"restart: after a kill, {setup.Machine}", "measured", "Lull");
        table.Add("open bursts", $"{bursts}");
        table.Add("start → listening", Show.Seconds(lull.Process.ListeningAfter));
        table.Add("start → all waited for", Show.Seconds(armedAt));
        table.Add("memory then", Show.MiB(lull.Process.Usage.ResidentMiB));
        table.WriteTo(setup.Output);
        setup.Output.WriteLine(Budget.AtMost($"start → all waited for, {bursts} open", Most, armedAt.TotalSeconds, " s"));
    }

    private async Task StoreAsync(ILullStore store, string folder, CancellationToken cancellationToken)
    {
        await using var lull = await LullServer.StartAsync(store, folder, setup.Lull, cancellationToken);
        using var load = ClosedLoop.Connect(lull.Process.Address, new(meanMessages: 1), Math.Min(Connections, bursts));
        var stored = await load.RunAsync(LongestStoring, bursts, cancellationToken);
        if (stored.Count != bursts)
        {
            throw new BenchException($"Only {stored.Count} bursts were stored within {LongestStoring.TotalSeconds:0} s; ask for fewer with --bursts.");
        }
    }
}
