using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Lull.Tests.Harness;
using Xunit.Sdk;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>What came of kills at random: promises that were broken, and apart from them what went wrong with the test itself, which says nothing about a promise.</summary>
internal sealed class CrashFindings(ITestOutputHelper output)
{
    private const int LinesOfOutput = 400;

    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly ConcurrentDictionary<string, int> _kills = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private int _messages;

    public static int? AskedSeed => Number("LULL_CRASH_SEED");

    public static int? AskedKills => Number("LULL_CRASH_KILLS");

    public int Violations => _violations.Count;

    public int Faults => _faults.Count;

    /// <param name="point">The crash point that was reached; null = killed from outside.</param>
    public void Killed(string? point)
        => _kills.AddOrUpdate(point is null ? "at a moment, from outside" : point[..point.LastIndexOf(':')], 1, (_, count) => count + 1);

    /// <summary>Lives one store's life. An assertion that fails in it is a broken promise; anything else is the test's own fault and shown with what the processes printed.</summary>
    public async Task OfAsync(string what, Func<Task<CrashWorld>> start, Func<CrashWorld, Task> live)
    {
        CrashWorld? world = null;
        try
        {
            world = await start();
            await live(world);
        }
        catch (Exception exception) when (exception is IAssertionException)
        {
            Note(_violations, $"{what}: {exception.Message}");
        }
        catch (Exception exception)
        {
            Note(_faults, $"{what}: {exception}\n{Last(world?.Output ?? "")}");
        }
        finally
        {
            await (world?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    /// <summary>Waits for the end of all that was acknowledged, and asks the outside world and the store's own audit.</summary>
    public async Task CheckAsync(CrashWorld world, TimeSpan patience)
    {
        var fates = await CrashChecks.EndedAsync(world, world.Acknowledged, patience);
        Interlocked.Add(ref _messages, fates.Count);
        foreach (var violation in (string[])[.. CrashChecks.Violations(world, fates), .. await CrashAudit.ViolationsAsync(world)])
        {
            Note(_violations, violation);
        }
    }

    /// <summary>Prints what came of it, and fails if that is not what is promised, or not known.</summary>
    /// <param name="head">How to repeat it.</param>
    public void Conclude(string head)
    {
        var (kills, took) = (_kills.Values.Sum(), Stopwatch.GetElapsedTime(_startedAt).TotalSeconds);
        var report = $"""
            {head}: {kills} kills in {took:0} s, {took / Math.Max(1, kills):0.00} s each; {_messages} acknowledged messages; {_violations.Count} violations; {_faults.Count} faults of the test itself
            {string.Join('\n', _kills.OrderByDescending(kill => kill.Value).ThenBy(kill => kill.Key).Select(kill => $"{kill.Value,5} × {kill.Key}"))}
            """;
        output.WriteLine(report);
        Assert.True(_violations.IsEmpty, $"{report}\nBROKEN PROMISES\n{string.Join('\n', _violations)}");
        Assert.True(_faults.IsEmpty, $"{report}\nTHE TEST ITSELF FAILED; no promise is known to be broken\n{string.Join('\n', _faults)}");
    }

    private void Note(ConcurrentQueue<string> kind, string text)
    {
        kind.Enqueue(text);

        // At once: the run may not come to its end.
        output.WriteLine(text);
    }

    private static string Last(string text) => string.Join('\n', text.Split('\n').TakeLast(LinesOfOutput));

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;
}
