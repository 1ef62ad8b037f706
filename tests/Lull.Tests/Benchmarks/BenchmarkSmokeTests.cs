using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Lull.Tests.Benchmarks;

/// <summary>The benchmark works: its short run, as a process of its own, gives every row of every table. How fast anything is, is no test.</summary>
public sealed class BenchmarkSmokeTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Smoke_run_measures_every_row_and_ends_by_itself(string store)
    {
        var (exitCode, output, error) = await RunAsync("--smoke", "--store", store);

        Assert.True(exitCode == 0, $"exit code {exitCode}\n{error}\n{output}");
        string[] headings =
        [
            "### ingest: ", "### latency: ", "### lateness: ", "### growth: ", "### memory: ", "### restart: ", "### startup: ",
            .. store == "postgres" ? ["### nodes"] : Array.Empty<string>(),
        ];
        Assert.All(headings, heading => Assert.Contains(heading, output));
        Assert.Matches(@"of bare Kestrel's +\| +1\.000 × \| +\d+\.\d{3} × \|", output);
        Assert.Matches(@"Lull: (\d+) webhooks acknowledged in all, \1 messages expected in its store, \1 found", output);
        string[] rows =
        [
            "acknowledgement p50", "acknowledgement p90", "acknowledgement p99", "CPU per webhook", "CPU per 1,000 webhooks", "load generator's CPU per webhook", "memory after a turn, most",
            "acknowledgement p99.9", "acknowledgement max", "of this, sent late p50, p99", "one forced 4 KiB write p50",
            "due bursts measured", "due → model called p99", "acknowledged webhooks/s", "GC heap after a full collection", "memory in RAM after a full collection",
            "start → listening", "start → first acknowledged webhook", "open bursts", "start → all waited for",
        ];
        Assert.All(rows, row => Assert.Matches($@"\| {Regex.Escape(row)} +\| +\d", output));
        Assert.Equal(7, Regex.Count(output, @"^Budget: .+ (met|NOT met), -?[\d.]+ of the budget\.$", RegexOptions.Multiline));
        Assert.DoesNotContain("NaN", output);
    }

    [Fact]
    public async Task Benchmark_without_a_word_says_what_there_is_to_measure()
    {
        var (exitCode, output, error) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains("ingest, nodes, latency, lateness, growth, memory, restart or startup", error);
    }

    [Theory]
    [InlineData("ingest", "--seconds", "61")]
    [InlineData("latency", "--rate", "0")]
    [InlineData("restart", "--bursts", "200001")]
    public async Task Load_beyond_its_bounds_is_refused(params string[] words)
    {
        var (exitCode, _, error) = await RunAsync(words);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{words[1]} must be from ", error);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [BenchmarkPath(), .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            // With the servers it has started, should it have hung.
            process.Kill(entireProcessTree: true);
        }
    }

    // Built by this project's reference, beside it and in the same configuration.
    private static string BenchmarkPath()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(configuration.Parent!.Parent!.FullName, "Lull.Bench", configuration.Name, "Lull.Bench.dll");
    }
}
