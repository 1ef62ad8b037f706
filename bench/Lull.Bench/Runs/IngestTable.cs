namespace Lull.Bench.Runs;

/// <summary>The table of an ingest run: a column for each server, the bare endpoint first and Lull second.</summary>
/// <param name="absent">Servers that were asked for and could not be measured, and why.</param>
internal sealed class IngestTable(IReadOnlyList<IngestSide> sides, IReadOnlyList<AbsentPeer> absent)
{
    private const string Each = " µs";

    public void Write(string title, Func<IngestSide, IngestResult> of, TextWriter output)
    {
        var table = new Table(title, ["measured", .. sides.Select(side => side.Server.Name), .. absent.Select(peer => peer.Name)]);
        var (bare, lull) = (of(sides[0]), of(sides[1]));
        Row("acknowledged webhooks/s", result => result.PerSecond.Show("0", ""), orWhy: true);
        Row("of bare Kestrel's", result => result.RatioTo(bare).Show("0.000", " ×"));
        Row("Lull's beside it", result => lull.RatioTo(result).Show("0.00", " ×"));
        foreach (var percent in (double[])[50, 90, 99, 99.9])
        {
            Row($"acknowledgement p{percent}", result => Show.Milliseconds(result.Latencies.At(percent / 100)));
        }

        Row("CPU per webhook", result => result.CpuEach.Show("0.0", Each));
        Row("CPU per 1,000 webhooks", result => $"{result.CpuEach.Median:0.0} ms");
        Row("Lull's CPU beside it", result => lull.CpuRatioTo(result).Show("0.00", " ×"));
        Row("load generator's CPU per webhook", result => result.GeneratorCpuEach.Show("0.0", Each));
        Row("memory after a turn, most", result => Show.MiB(result.ResidentMiB));
        Row("memory, peak of each process", result => Show.MiB(result.PeakMiB));
        Row("webhooks counted", result => $"{result.Count}");
        Row("commits", result => result.Groups is { } groups ? $"{groups.Size.Count:0}" : "");
        Row("group size mean, p50, p99", result => result.Groups is { Size: var size } ? $"{size.Mean:0.0}, {size.About(0.5):0}, {size.About(0.99):0}" : "");
        Row("commit p50, p99", result => result.Groups is { Seconds: var time } ? $"{Show.Milliseconds(time.About(0.5))}, {Show.Milliseconds(time.About(0.99))}" : "");
        table.WriteTo(output);

        void Row(string name, Func<IngestResult, string> cell, bool orWhy = false)
            => table.Add([name, .. sides.Select(side => cell(of(side))), .. absent.Select(peer => orWhy ? "not measured: " + peer.Why.Split(';')[0] : "")]);
    }

    /// <summary>Whether everything that was acknowledged is in the stores.</summary>
    /// <exception cref="BenchException">Something is not.</exception>
    public async Task WriteStoredAsync(TextWriter output, CancellationToken cancellationToken)
    {
        output.WriteLine();
        foreach (var side in sides)
        {
            if (await side.Server.CountAsync(side.Sent, cancellationToken) is not { } stored)
            {
                continue;
            }

            output.WriteLine($"{side.Server.Name}: {side.Sent.Messages} webhooks acknowledged in all, {stored.Expected} {stored.What} expected in its store, {stored.Found} found.");
            if (stored.Found != stored.Expected)
            {
                throw new BenchException($"{side.Server.Name}'s store does not hold what it acknowledged.");
            }
        }
    }
}
