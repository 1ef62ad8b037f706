using Lull.Tests.Harness.Postgres;
using Npgsql;

namespace Lull.Tests.Storage.Postgres;

/// <summary>
/// A session keeps the plans of the schema's functions. One made while the tables are empty, when every index costs the same, must not read all that is open or stored once they have grown.
/// </summary>
public sealed class FunctionPlansTests : IAsyncLifetime
{
    private const int Rows = 3000, Few = 20;

    private TestDatabase _database = null!;
    private NpgsqlConnection _session = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await _database.MigrateAsync();
        _session = new(_database.ConnectionString + ";Pooling=false");
        await _session.OpenAsync(Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("SELECT * FROM lull.open_of(7, 'l', 'c7')")]
    [InlineData("SELECT * FROM lull.look(NULL, 7, 'l', 'c7', NULL, 'x7')")]
    [InlineData("SELECT * FROM lull.look(7, NULL, NULL, NULL, NULL, NULL)")]
    [InlineData("SELECT * FROM lull.claim_texts(ARRAY[7], 'l', 'c7', ARRAY['n7', 'other'])")]
    [InlineData("SELECT * FROM lull.said_before(7, 'l', 'c7', 8, 20)")]
    [InlineData("SELECT lull.take_messages(ARRAY[10000007], 7), lull.save_reply(7, 'Hi', 'm', true, 1, 1), lull.delivered(7, 'x', 1), lull.replied('c7', 'l', 1)")]
    [InlineData("SELECT lull.save_batch(7, 3::smallint, 1, 0, 0, 0, 1, 1, 1, 1, NULL, NULL, NULL, ARRAY[7], 1, NULL, false, false, NULL), lull.save_contact('c7', 'l', '{}', 1)")]
    [InlineData("""
        SELECT * FROM lull.append_look(ARRAY[1, 2], ARRAY['00000000-0000-0000-0000-000000000007']::uuid[], ARRAY['l'], ARRAY['c7'], NULL, 3)
        """)]
    [InlineData("""
        SELECT * FROM lull.append_new(ARRAY[1, 2], ARRAY['00000000-0000-0000-0000-000000000007']::uuid[], ARRAY[1], 604800000, 600000, 700000000, ARRAY[7],
            ARRAY[7], ARRAY[1::smallint], ARRAY[1], ARRAY['l'], ARRAY['c7'], ARRAY['SMS'], ARRAY[NULL], ARRAY[NULL], ARRAY['simple'], ARRAY[NULL], ARRAY[NULL], ARRAY[NULL],
            ARRAY['Hi'], ARRAY[NULL], ARRAY[NULL], ARRAY['{}'], ARRAY['\x'::bytea])
        """)]
    public async Task A_plan_made_for_empty_tables_reads_little_of_full_ones(string call)
    {
        await _database.ExecuteAsync("VACUUM ANALYZE");
        await ReadsAsync(call);
        await FillAsync();

        Assert.InRange(await ReadsAsync(call), 0, Few);
    }

    /// <summary>How many rows of all tables the call goes through; it is taken back.</summary>
    private async Task<long> ReadsAsync(string call)
    {
        await using var transaction = await _session.BeginTransactionAsync(Cancelled);
        await using (var calling = new NpgsqlCommand(call, _session, transaction))
        {
            await calling.ExecuteNonQueryAsync(Cancelled);
        }

        // What index scans went through counts as well where a filter threw it away: fetched from the table it was.
        await using var counting = new NpgsqlCommand(
            "SELECT sum(seq_tup_read + COALESCE(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables WHERE schemaname = 'lull'", _session, transaction);
        return (long)(await counting.ExecuteScalarAsync(Cancelled))!;
    }

    /// <summary>Statistics stay as they were: nobody has analysed the tables since.</summary>
    private Task FillAsync() => _database.ExecuteAsync(
        $$"""
        INSERT INTO lull.messages (id, conversation, outcome, received_at, location, contact, channel, dialect, text, headers, body)
        SELECT 10000000 + n, n, 1, 1, 'l', 'c' || n, 'SMS', 'simple', 'Hi', '{}', '{}' FROM generate_series(1, {{Rows}}) n;
        INSERT INTO lull.messages (id, conversation, outcome, batch, received_at, location, contact, channel, dialect, text, headers, body)
        SELECT n, n, 1, n, 1, 'l', 'c' || n, 'SMS', 'simple', 'Hi', '{}', '{}' FROM generate_series(1, {{Rows}}) n;
        INSERT INTO lull.batches (id, name, conversation, location, contact, channel, state, first_at, last_at, due_at, message_ids, lease_until)
        SELECT n, 'n' || n, n, 'l', 'c' || n, 'SMS', 3, 1, 1, 1, ARRAY[n], 1 FROM generate_series(1, {{Rows}}) n;
        INSERT INTO lull.deliveries (batch, part, state, location, external_id, intent_at) SELECT n, 1, 'sending', 'l', 'x' || n, 1 FROM generate_series(1, {{Rows}}) n;
        INSERT INTO lull.contacts (contact, location, first_seen, last_reply_at) SELECT 'c' || n, 'l', 1, 1 FROM generate_series(1, {{Rows}}) n;
        INSERT INTO lull.forces (location, contact, up_to) SELECT 'l', 'c' || n, 1 FROM generate_series(1, {{Rows}}) n;
        INSERT INTO lull.silences (location, contact, reason, since) SELECT 'l', 'd' || n, 'human', 1 FROM generate_series(1, {{Rows}}) n;
        INSERT INTO lull.seen (bucket, hash, message) SELECT 1, ('10000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, n FROM generate_series(1, {{Rows}}) n;
        """);
}
