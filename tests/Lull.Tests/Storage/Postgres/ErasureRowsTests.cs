using Lull.Storage.Postgres;
using Lull.Storage.Postgres.Auditing;

namespace Lull.Tests.Storage.Postgres;

public sealed class ErasureRowsTests
{
    private static readonly DateTimeOffset Start = RowsUnderTest.Start, Now = Start.AddDays(40);

    [Fact]
    public async Task Erasing_a_contact_leaves_nothing_of_it_but_the_hashes()
    {
        await using var rows = await PostgresAuditTests.LivedAsync();
        await rows.SayAsync("sending", Start.AddMinutes(3), outcome: WebhookOutcome.Recorded);
        await rows.SayAsync("sending", Start.AddMinutes(3));
        await rows.ExecuteAsync("INSERT INTO lull.seen (bucket, hash, message) VALUES (1, gen_random_uuid(), 1)");
        await rows.ExecuteAsync("INSERT INTO lull.forces (location, contact, up_to) VALUES ('default', 'sending', 1)");
        var others = await rows.NumberAsync("SELECT count(*) FROM lull.messages WHERE contact <> 'sending'");

        var erased = await rows.WriteAsync(sql => ErasureRows.EraseAsync(sql, RowsUnderTest.Contact("sending")));

        Assert.Equal(4, erased);
        foreach (var table in (string[])["messages", "batches", "contacts", "forces"])
        {
            Assert.Equal(0, await rows.NumberAsync($"SELECT count(*) FROM lull.{table} WHERE contact = 'sending'"));
        }

        Assert.Equal(others, await rows.NumberAsync("SELECT count(*) FROM lull.messages"));
        Assert.Equal(1, await rows.NumberAsync("SELECT count(*) FROM lull.seen"));
        await AssertCleanAsync(rows);
    }

    [Fact]
    public async Task Erasing_one_location_leaves_the_contact_of_another_alone()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.SayAsync("ann", Start);
        await rows.SayAsync("ann", Start, location: "another");

        Assert.Equal(1, await rows.WriteAsync(sql => ErasureRows.EraseAsync(sql, RowsUnderTest.Contact("ann"))));

        Assert.Equal(1, await rows.NumberAsync("SELECT count(*) FROM lull.messages WHERE location = 'another'"));
    }

    [Fact]
    public async Task Pruning_takes_a_little_at_a_time_and_leaves_what_waits()
    {
        await using var rows = await PostgresAuditTests.LivedAsync();
        await rows.ExecuteAsync($"INSERT INTO lull.seen (bucket, hash, message) SELECT {SeenBuckets.OldestAt(Now)} - n % 2, gen_random_uuid(), 1 FROM generate_series(1, 6) AS n");

        List<int> pruned = [];
        do
        {
            pruned.Add(await rows.WriteAsync(sql => PruneRows.PruneAsync(sql, Now.AddDays(-1), Now.AddDays(-1), 4, Now)));
        }
        while (pruned[^1] == 4);

        // Three hashes, two events, and six batches: answered, suppressed and given back.
        Assert.Equal([4, 4, 3], pruned);
        Assert.Equal(3, await rows.NumberAsync("SELECT count(*) FROM lull.seen"));
        Assert.Equal(0, await rows.NumberAsync("SELECT count(*) FROM lull.messages WHERE outcome <> 1"));
        Assert.Equal(0, await rows.NumberAsync("SELECT count(*) FROM lull.batches WHERE state IN (10, 11, 14)"));
        Assert.Equal(5, await rows.NumberAsync("SELECT count(*) FROM lull.batches"));
        Assert.Equal(0, await rows.NumberAsync("SELECT count(*) FROM lull.steps s WHERE NOT EXISTS (SELECT FROM lull.batches b WHERE b.id = s.batch)"));
        await AssertCleanAsync(rows);
    }

    [Fact]
    public async Task Nothing_is_pruned_that_is_to_be_kept()
    {
        await using var rows = await PostgresAuditTests.LivedAsync();

        Assert.Equal(0, await rows.WriteAsync(sql => PruneRows.PruneAsync(sql, null, null, 100, Now)));
        Assert.Equal(0, await rows.WriteAsync(sql => PruneRows.PruneAsync(sql, Start, Start, 100, Now)));
    }

    private static async Task AssertCleanAsync(RowsUnderTest rows)
    {
        var report = await new PostgresAudit(rows.Database, TimeProvider.System).AuditAsync(10, TestContext.Current.CancellationToken);
        Assert.Empty(report.Violations.Select(violation => violation.Text));
    }
}
