using Lull.Storage.Postgres;
using Lull.Tests.Harness.Postgres;
using Npgsql;

namespace Lull.Tests.Storage.Postgres;

/// <summary>Lull's tables in a database of a test's own, filled row by row: for what reads rows and does not make them.</summary>
internal sealed class RowsUnderTest : IAsyncDisposable
{
    /// <summary>When everything begins.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TestDatabase _database;
    private readonly NpgsqlDataSource _source;
    private long _given;

    private RowsUnderTest(TestDatabase database, string connectionString)
    {
        _database = database;
        _source = NpgsqlDataSource.Create(connectionString);
        Database = new(_source, new() { ConnectionString = connectionString });
    }

    public PostgresDatabase Database { get; }

    /// <summary>As <c>DATABASE_URL</c> has it.</summary>
    public string Url => _database.Url;

    public async Task<string> UrlThroughPgBouncerAsync() => _database.UrlThrough((await PgBouncerServer.SharedAsync()).Port);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static ConversationId Contact(string name) => new("default", name);

    public static async Task<RowsUnderTest> CreateAsync(bool throughPgBouncer = false)
    {
        var database = await TestDatabase.CreateAsync();
        await database.MigrateAsync();
        return new(database, throughPgBouncer ? await database.ConnectionStringThroughPgBouncerAsync() : database.ConnectionString);
    }

    public Task<T> ReadAsync<T>(Func<PostgresSession, Task<T>> read) => Database.ReadAsync(read, Cancellation);

    public Task<T> WriteAsync<T>(Func<PostgresSession, Task<T>> work) => Database.WriteAsync(work, Cancellation);

    /// <summary>Runs something as the tables' owner, behind everybody's back.</summary>
    public Task ExecuteAsync(string sql) => WriteAsync(session => session.ExecuteAsync(sql));

    /// <summary>The same, however long it takes.</summary>
    public Task EachAsync(string sql) => WriteAsync(async session =>
    {
        await session.EachAsync(sql, static _ => { });
        return true;
    });

    /// <summary>Lets the planner know what is in the tables, as the server does by itself after a while.</summary>
    public Task AnalyzeAsync() => _database.ExecuteAsync("VACUUM ANALYZE");

    public Task<long?> NumberAsync(string sql) => ReadAsync(session => session.NumberAsync(sql));

    /// <summary>A session of its own, in a transaction that ends when the test says so.</summary>
    public async Task<(NpgsqlConnection Connection, NpgsqlTransaction Transaction)> BeginAsync()
    {
        var connection = await _source.OpenConnectionAsync(Cancellation);
        return (connection, await connection.BeginTransactionAsync(Cancellation));
    }

    /// <summary>The id that is given at a moment.</summary>
    public long NextId(DateTimeOffset at) => MessageId.FirstOf(at).Value + ++_given;

    /// <summary>A message that no batch has claimed.</summary>
    public async Task<long> SayAsync(string contact, DateTimeOffset at, string channel = "SMS", string location = "default", WebhookOutcome outcome = WebhookOutcome.Batched)
    {
        var (id, conversation) = (NextId(at), new ConversationId(location, contact));
        var first = outcome is WebhookOutcome.Duplicate ? await FirstAsync(contact) : null;
        await WriteAsync(sql => sql.ExecuteAsync(
            """
            INSERT INTO lull.messages (id, conversation, outcome, received_at, location, contact, channel, dialect, text, headers, body, reason, duplicate_of)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'simple', 'Hi', '{}', '{}', $8, $9::bigint)
            """,
            id, conversation.Hash, (short)outcome, at.ToUnixTimeMilliseconds(), location, contact, channel, outcome is WebhookOutcome.Recorded ? "empty" : "", first));
        return id;
    }

    /// <summary>A batch of two messages, as the store leaves it in that state.</summary>
    /// <returns>The batch's id.</returns>
    public async Task<long> BatchAsync(string contact, BatchState state, DateTimeOffset at, string? delivery = null, string? reason = null, bool isRehearsal = false, string? fault = null)
    {
        var id = Contact(contact);
        long[] messages = [await SayAsync(contact, at), await SayAsync(contact, at.AddSeconds(1))];
        var isFinished = state >= BatchState.Answered;
        var ended = at.AddSeconds(35).ToUnixTimeMilliseconds();
        var lease = state is BatchState.Claimed or BatchState.Replying or BatchState.Sending ? at.AddSeconds(60).ToUnixTimeMilliseconds() : 0;
        var reply = delivery is not null || state is BatchState.Replied or BatchState.Sending or BatchState.Unknown or BatchState.Answered;
        return await WriteAsync(async sql =>
        {
            var batch = (await sql.NumberAsync(
                """
                INSERT INTO lull.batches (name, conversation, location, contact, channel, state, first_at, last_at, due_at, retry_at, message_ids, owner, lease_until,
                                          reply, rehearsal, reason, ended_at, fault)
                VALUES ($1, $2, 'default', $3, 'SMS', $4, $5, $6, $7, $7, $8, $9::text, $10, $11::text, $12, $13::text, $14::bigint, $15::text) RETURNING id
                """,
                $"batch_{contact}_{at.ToUnixTimeSeconds()}", id.Hash, contact, (short)state, at.ToUnixTimeMilliseconds(), at.AddSeconds(1).ToUnixTimeMilliseconds(),
                at.AddSeconds(31).ToUnixTimeMilliseconds(), messages, lease > 0 ? "a node" : null, lease, reply ? "Sure!" : null, isRehearsal, reason,
                isFinished ? ended : null, fault))!.Value;
            await sql.ExecuteAsync(
                state is BatchState.Reopened
                    ? "UPDATE lull.messages SET origin = $1, reopened_at = received_at + 40000 WHERE id = ANY($2)"
                    : "UPDATE lull.messages SET batch = $1 WHERE id = ANY($2)",
                batch, messages);
            await sql.ExecuteAsync(
                "INSERT INTO lull.contacts (contact, location, first_seen) VALUES ($1, 'default', $2) ON CONFLICT DO NOTHING", contact, at.ToUnixTimeMilliseconds());
            foreach (var step in (string[])["claimed", Step(state)])
            {
                await sql.ExecuteAsync(
                    "INSERT INTO lull.steps (batch, id, name, attempt) VALUES ($1, $2, $3, 1)", batch, NextId(at.AddSeconds(step == "claimed" ? 31 : 35)), step);
            }

            if (delivery is not null)
            {
                await sql.ExecuteAsync(
                    "INSERT INTO lull.deliveries (batch, part, state, location, external_id, intent_at, ended_at) VALUES ($1, 1, $2, 'default', $3::text, $4, $5::bigint)",
                    batch, delivery, delivery == "delivered" ? "ghl-" + batch : null, at.AddSeconds(34).ToUnixTimeMilliseconds(), delivery == "sending" ? null : ended);
            }

            return batch;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    private Task<long?> FirstAsync(string contact) => ReadAsync(sql => sql.NumberAsync("SELECT min(id) FROM lull.messages WHERE contact = $1", contact));

    private static string Step(BatchState state) => state is BatchState.DeadLettered ? "dead_lettered" : state.ToString().ToLowerInvariant();
}
