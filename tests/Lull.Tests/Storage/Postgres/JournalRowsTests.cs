using Lull.Storage.Postgres;

namespace Lull.Tests.Storage.Postgres;

public sealed class JournalRowsTests
{
    private const string Insert = """
        INSERT INTO lull.messages (id, outcome, received_at, dialect, headers, body) VALUES (lull.next_id(lull.now_ms(NULL)), 3, lull.now_ms(NULL), 'simple', '{}', '') RETURNING id
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_with_a_cursor_skips_nothing_that_is_committed_later_with_a_smaller_id(bool throughPgBouncer)
    {
        await using var rows = await RowsUnderTest.CreateAsync(throughPgBouncer);
        var (connection, open) = await rows.BeginAsync();
        long early;
        await using (connection)
        {
            await using (open)
            {
                early = await StoreAsync(connection);
                var late = (await rows.WriteAsync(sql => sql.NumberAsync(Insert)))!.Value;
                Assert.True(late > early);

                // The later row is committed and older than a second, and still not shown: the earlier one is not there yet.
                await UntilAsync(rows, "SELECT count(*) FROM lull.messages WHERE received_at < lull.now_ms(NULL) - 1500");
                Assert.Empty(await PageAsync(rows, new MessageId(0)));
                Assert.Empty(await PageAsync(rows, after: null));
                await open.CommitAsync(Cancellation);
            }
        }

        var seen = await PageAsync(rows, new MessageId(0));
        Assert.Equal(2, seen.Count);
        Assert.Equal(early, seen[0].Id.Value);
    }

    [Fact]
    public async Task What_only_reads_holds_no_reader_back()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        var (connection, open) = await rows.BeginAsync();
        await using var session = connection;
        await using var reading = open;
        await using (var command = new Npgsql.NpgsqlCommand("SELECT count(*) FROM lull.messages", connection))
        {
            await command.ExecuteScalarAsync(Cancellation);
        }

        await rows.WriteAsync(sql => sql.NumberAsync(Insert));

        await UntilAsync(rows, "SELECT count(*) FROM lull.messages WHERE received_at < lull.now_ms(NULL) - 1500");
        Assert.Single(await PageAsync(rows, new MessageId(0)));
    }

    [Fact]
    public async Task Pages_follow_one_another_and_the_latest_come_without_a_cursor()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        List<long> ids = [];
        for (var n = 0; n < 5; n++)
        {
            ids.Add(await rows.SayAsync("ann", RowsUnderTest.Start.AddSeconds(n)));
        }

        var first = await PageAsync(rows, new MessageId(0), limit: 3);
        var second = await PageAsync(rows, first[^1].Id, limit: 3);
        var latest = await PageAsync(rows, after: null, limit: 2);

        Assert.Equal(ids, first.Concat(second).Select(entry => entry.Id.Value));
        Assert.Equal(ids[3..], latest.Select(entry => entry.Id.Value));
        Assert.Empty(await JournalRows.PageAsync(rows.Database, new(null, WebhookOutcome.Recorded, null, 10), Cancellation));
        Assert.Equal(5, (await JournalRows.PageAsync(rows.Database, new(null, WebhookOutcome.Batched, "ann", 10), Cancellation)).Count);
    }

    [Fact]
    public async Task Errors_are_added_and_cursors_are_kept()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        var id = new MessageId(await rows.SayAsync("ann", RowsUnderTest.Start));

        await rows.WriteAsync(sql => JournalRows.NoteErrorAsync(sql, id, "one"));
        await rows.WriteAsync(sql => JournalRows.NoteErrorAsync(sql, id, "two"));
        await rows.WriteAsync(sql => JournalRows.MoveCursorAsync(sql, "reader", id));
        await rows.WriteAsync(sql => JournalRows.MoveCursorAsync(sql, "reader", id));

        Assert.Equal("one\ntwo", (await rows.ReadAsync(sql => JournalRows.EntryAsync(sql, id)))!.Error);
        Assert.Equal(id, await rows.ReadAsync(sql => JournalRows.CursorAsync(sql, "reader")));
        Assert.Equal(default, await rows.ReadAsync(sql => JournalRows.CursorAsync(sql, "another")));
    }

    private static Task<List<JournalEntry>> PageAsync(RowsUnderTest rows, MessageId? after, int limit = 10)
        => JournalRows.PageAsync(rows.Database, new(after, null, null, limit), Cancellation);

    private static async Task<long> StoreAsync(Npgsql.NpgsqlConnection connection)
    {
        await using var command = new Npgsql.NpgsqlCommand(Insert, connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static async Task UntilAsync(RowsUnderTest rows, string count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(Patience);
        while (await rows.NumberAsync(count) == 0)
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
