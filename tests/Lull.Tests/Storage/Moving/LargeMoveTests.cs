using System.Diagnostics;
using System.Globalization;
using Lull.Storage.Moving;
using Lull.Storage.Postgres.Moving;
using Lull.Storage.Sqlite.Moving;
using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.Storage.Moving;

/// <summary>The move of a store as it is after years. Times are printed; no bound is set, because machines differ.</summary>
/// <remarks>
/// A million messages: <c>LULL_MOVE_MESSAGES=1000000 artifacts/bin/Lull.Tests/debug/Lull.Tests -class '*LargeMoveTests' -showLiveOutput</c>.
/// </remarks>
public sealed class LargeMoveTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_large_store_is_moved_in_little_memory()
    {
        var messages = int.Parse(Environment.GetEnvironmentVariable("LULL_MOVE_MESSAGES") ?? "20000", CultureInfo.InvariantCulture);
        await using var audited = await AuditedStore.EmptyAsync();
        LargeStoreAuditTests.Create(audited.Folder, messages / 4);
        await audited.Store.DisposeAsync();
        await using var database = await TestDatabase.CreateAsync();
        await database.MigrateAsync();
        using var source = await SqliteMoveSource.OpenAsync(Path.Combine(audited.Folder, "lull.db"), TimeProvider.System, TestContext.Current.CancellationToken);
        var counted = await source.AuditAsync(10, TestContext.Current.CancellationToken);

        var started = Stopwatch.GetTimestamp();
        var progress = new MoveProgress(line => output.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s {line}"), TimeProvider.System);
        var report = await PostgresMoveTarget.FillAsync(
            new() { ConnectionString = database.ConnectionString }, source, counted, progress, TimeProvider.System, TestContext.Current.CancellationToken);

        output.WriteLine(
            $"{report.Webhooks.Values.Sum():N0} webhooks moved in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, {report.Took.TotalSeconds:0.0} s of them for the audit; "
            + $"{GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB of objects at the end, {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB at most");
        Assert.Equal(counted.Webhooks, report.Webhooks);
        Assert.Equal(messages / 4 * 4, report.Webhooks["batched"]);
    }
}
