using System.Collections.Concurrent;
using System.Diagnostics;

namespace Lull.Bench.Runs;

/// <summary>How many bursts are open and how many come due.</summary>
/// <param name="Wait">The silence that ends a burst. Everything must be stored within it.</param>
/// <param name="Speed">Of the server's clock; 1 except in the smoke run.</param>
internal sealed record LatenessPlan(int Open, int PerSecond, TimeSpan Measured, TimeSpan Wait, int Speed)
{
    /// <summary>The budget for the 99th percentile, in milliseconds.</summary>
    public const double Most = 100;

    public static LatenessPlan Smoke => new(Open: 200, PerSecond: 40, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10), Speed: 5);

    /// <summary>The wait on our own clock.</summary>
    public TimeSpan RealWait => Wait / Speed;
}

/// <summary>
/// How late the model is called for a burst that is due, while many are open. The measured bursts are stored first and at an even rate, so they come due one after the other;
/// the many are stored after them, so they are still open then.
/// </summary>
internal sealed class LatenessRun(RunSetup setup, LatenessPlan plan)
{
    private const int Connections = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Look = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<ulong, long> _sentAt = new();

    /// <exception cref="BenchException">A webhook failed, the server did, it took too long to store, or a burst was never answered.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = setup.NewFolder();
        await using var model = await FakeModel.StartAsync(cancellationToken);
        await using var store = await setup.NewStoreAsync(folder.Path, cancellationToken);
        await using var lull = await LullServer.StartAsync(store, folder.Path, setup.Lull, cancellationToken, Settings(model));
        WebhookIds ids = new(meanMessages: 1);
        var started = Stopwatch.GetTimestamp();
        using (var measured = OpenLoop.Connect(lull.Address, ids, (contact, at) => _sentAt[contact] = at))
        {
            await measured.RunAsync(plan.PerSecond, plan.Measured, cancellationToken);
        }

        using (var many = ClosedLoop.Connect(lull.Address, ids, Math.Min(Connections, plan.Open)))
        {
            await many.RunAsync(plan.RealWait, plan.Open, cancellationToken);
        }

        var waiting = await lull.WaitingAsync(cancellationToken);
        if (!setup.IsSmoke && (Stopwatch.GetElapsedTime(started) > plan.RealWait || waiting < plan.Open))
        {
            throw new BenchException($"Storing took {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s and {waiting} are open; ask for fewer with --bursts or for a longer --wait.");
        }

        var before = lull.Usage.Cpu;
        await AnsweredAsync(model, cancellationToken);
        await WriteAsync(model, lull, waiting, lull.Usage.Cpu - before, cancellationToken);
    }

    private Dictionary<string, string> Settings(FakeModel model) => new()
    {
        ["OPENAI_BASE_URL"] = model.Url,
        ["OPENAI_API_KEY"] = "none",
        ["DELIVERY"] = "record",
        ["MESSAGE_BATCH_WAIT_TIME"] = $"{plan.Wait.TotalSeconds:0}",
        ["LULL_CLOCK_SPEED"] = $"{plan.Speed}",
    };

    private async Task AnsweredAsync(FakeModel model, CancellationToken cancellationToken)
    {
        var until = Stopwatch.GetTimestamp() + (long)((plan.RealWait + plan.Measured + Patience).TotalSeconds * Stopwatch.Frequency);
        while (!_sentAt.Keys.All(model.AskedAt.ContainsKey))
        {
            await Task.Delay(Look, cancellationToken);
            if (Stopwatch.GetTimestamp() > until)
            {
                throw new BenchException($"For {_sentAt.Keys.Count(contact => !model.AskedAt.ContainsKey(contact))} of {_sentAt.Count} due bursts the model was never called.");
            }
        }
    }

    private async Task WriteAsync(FakeModel model, LullServer lull, int waiting, TimeSpan cpu, CancellationToken cancellationToken)
    {
        // From the sending on, not from the store's own time of it: the way in counts, too.
        var wait = (long)(plan.RealWait.TotalSeconds * Stopwatch.Frequency);
        var late = Percentiles.Of([_sentAt.Select(sent => model.AskedAt[sent.Key] - sent.Value - wait).ToList()]);

        // The first replies of a process meet code that is not compiled and plans that are not made.
        var warm = _sentAt.Values.Min() + (2 * Stopwatch.Frequency);
        var rest = Percentiles.Of([_sentAt.Where(sent => sent.Value >= warm).Select(sent => model.AskedAt[sent.Key] - sent.Value - wait).DefaultIfEmpty().ToList()]);
        var table = new Table($"lateness: {plan.PerSecond} bursts/s come due for {plan.Measured.TotalSeconds:0.#} s, wait {plan.Wait.TotalSeconds:0} s, {setup.Machine}", "measured", "Lull");
        table.Add("open bursts before the first is due", $"{waiting}");
        table.Add("open bursts after the last", $"{await lull.WaitingAsync(cancellationToken)}");
        table.Add("due bursts measured", $"{late.Count}");
        foreach (var percent in (double[])[50, 90, 99, 99.9])
        {
            table.Add($"due → model called p{percent}", Show.Milliseconds(late.At(percent / 100)));
        }

        table.Add("due → model called max", Show.Milliseconds(late.Max));
        table.Add("after the first 2 s, p99", Show.Milliseconds(rest.At(0.99)));
        table.Add("after the first 2 s, max", Show.Milliseconds(rest.Max));
        table.Add("earliest", Show.Milliseconds(late.At(0)));
        table.Add("CPU per answered burst, at most", Show.MicrosecondsEach(cpu, late.Count));
        table.Add("memory then", Show.MiB(lull.Usage.ResidentMiB));
        table.WriteTo(setup.Output);
        setup.Output.WriteLine(Budget.AtMost($"due → model called, p99, {waiting} open", LatenessPlan.Most, late.At(0.99).TotalMilliseconds, " ms"));
        if (late.At(0) < TimeSpan.Zero)
        {
            throw new BenchException($"A burst was answered {Show.Milliseconds(-late.At(0))} before its silence was over.");
        }
    }
}
