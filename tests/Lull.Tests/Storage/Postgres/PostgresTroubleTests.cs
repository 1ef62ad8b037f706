using System.Text;
using Lull.Storage.Postgres;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Storage.Postgres;

/// <summary>What a database does to its clients: the sender is told to come back, and everything goes on by itself afterwards.</summary>
public sealed class PostgresTroubleTests : IAsyncLifetime
{
    private static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);
    private static readonly ConversationId Ann = new("default", "ann");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private PostgresNodes _nodes = null!;
    private PostgresMessageStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => _nodes.Database.Name;

    public async ValueTask InitializeAsync()
    {
        _nodes = await PostgresNodes.CreateAsync(_time);
        _store = await _nodes.OpenAsync("Timeout=2");
    }

    public async ValueTask DisposeAsync() => await _nodes.DisposeAsync();

    [Fact]
    public async Task Connections_killed_again_and_again_lose_nothing_and_store_nothing_twice()
    {
        var senders = Enumerable.Range(0, 8).Select(sender => Task.Run(() => SendAllAsync(sender), Cancellation)).ToArray();
        for (var kill = 0; kill < 10; kill++)
        {
            await KillConnectionsAsync();
        }

        await Task.WhenAll(senders);

        Assert.Equal(8 * 50, await _nodes.Database.QueryAsync<long>("SELECT count(*) FROM lull.messages WHERE outcome = 1"));
        Assert.Equal(8 * 50, await _nodes.Database.QueryAsync<long>("SELECT count(DISTINCT external_id) FROM lull.messages WHERE outcome = 1"));
    }

    [Fact]
    public Task A_database_that_is_read_only_is_waited_for()
        => RefusedWhileAsync(
            $"ALTER DATABASE {Database} SET default_transaction_read_only = on", $"BEGIN READ WRITE; ALTER DATABASE {Database} RESET default_transaction_read_only; COMMIT");

    [Fact]
    public Task A_database_that_takes_no_more_connections_is_waited_for()
        => RefusedWhileAsync($"ALTER DATABASE {Database} CONNECTION LIMIT 0", $"ALTER DATABASE {Database} CONNECTION LIMIT -1");

    [Fact]
    public async Task A_statement_that_takes_too_long_is_given_up()
    {
        await SayAsync("before");
        await _nodes.Database.ExecuteAsync($"ALTER DATABASE {Database} SET statement_timeout = '100ms'");
        await KillConnectionsAsync();
        await using (var other = new Npgsql.NpgsqlConnection(_nodes.Database.ConnectionString + ";Pooling=false"))
        {
            await other.OpenAsync(Cancellation);
            await using var transaction = await other.BeginTransactionAsync(Cancellation);
            await using var locked = new Npgsql.NpgsqlCommand("LOCK TABLE lull.messages IN ACCESS EXCLUSIVE MODE", other, transaction);
            await locked.ExecuteNonQueryAsync(Cancellation);

            await AssertRefusedAsync();
        }

        await SayAsync("after");
    }

    [Fact]
    public async Task What_waits_while_the_database_is_away_for_a_moment_is_stored()
    {
        await _nodes.Database.ExecuteAsync($"ALTER DATABASE {Database} CONNECTION LIMIT 0");
        await KillConnectionsAsync();
        var waiting = SayAsync("patient");
        await _nodes.Database.ExecuteAsync($"ALTER DATABASE {Database} CONNECTION LIMIT -1");

        Assert.Equal(WebhookOutcome.Batched, (await waiting).Outcome);
    }

    [Fact]
    public async Task A_sender_that_gave_up_has_stored_nothing()
    {
        await _nodes.Database.ExecuteAsync($"ALTER DATABASE {Database} CONNECTION LIMIT 0");
        await KillConnectionsAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(0.3));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _store.AppendAsync(Message("gone"), patience.Token));
        await _nodes.Database.ExecuteAsync($"ALTER DATABASE {Database} CONNECTION LIMIT -1");

        await SayAsync("kept");

        Assert.Equal(1, await _nodes.Database.QueryAsync<long>("SELECT count(*) FROM lull.messages"));
    }

    [Fact]
    public async Task One_that_cannot_be_stored_fails_alone()
    {
        await _nodes.Database.ExecuteAsync($"ALTER DATABASE {Database} CONNECTION LIMIT 0");
        await KillConnectionsAsync();

        // While the database is away they gather.
        var outcomes = Enumerable.Range(0, 20).Select(i => TryAsync(i == 7 ? Message("bad") with { Headers = null! } : Message($"good {i}"))).ToArray();
        await _nodes.Database.ExecuteAsync($"ALTER DATABASE {Database} CONNECTION LIMIT -1");

        Assert.Equal(19, (await Task.WhenAll(outcomes)).Count(stored => stored));
        Assert.Equal(19, await _nodes.Database.QueryAsync<long>("SELECT count(*) FROM lull.messages"));
    }

    [Fact]
    public async Task Text_that_PostgreSQL_cannot_hold_is_stored_all_the_same()
    {
        await _store.AppendAsync(Message("a\0b") with { Type = "x\0", Reason = "y\0" }, Cancellation);
        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal("a\uFFFDb", (await ClaimedAsync()).Messages[0].Text);
    }

    [Fact]
    public async Task What_is_committed_is_on_the_disk()
        => Assert.Equal("on", await _nodes.Database.QueryAsync<string>("SELECT current_setting('synchronous_commit')"));

    private async Task RefusedWhileAsync(string begin, string end)
    {
        await SayAsync("before");
        await _nodes.Database.ExecuteAsync(begin);
        await KillConnectionsAsync();

        await AssertRefusedAsync();
        _time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.CheckAsync(Cancellation));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.ClaimAsync(Ann, Window, TimeSpan.FromHours(6), Cancellation));

        await _nodes.Database.ExecuteAsync(end);
        await KillConnectionsAsync();
        await SayAsync("after");
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(["before", "after"], (await ClaimedAsync()).Messages.Select(message => message.Text));
    }

    private async Task AssertRefusedAsync()
        => await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _store.AppendAsync(Message("refused"), Cancellation));

    private Task KillConnectionsAsync()
        => _nodes.Database.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

    private async Task<Receipt> SayAsync(string text) => await _store.AppendAsync(Message(text), Cancellation);

    private async Task<Batch> ClaimedAsync()
        => Assert.IsType<ClaimResult.Claimed>(await _store.ClaimAsync(Ann, Window, TimeSpan.FromHours(6), Cancellation)).Batch;

    private async Task<bool> TryAsync(WebhookArrival arrival)
    {
        try
        {
            await _store.AppendAsync(arrival, Cancellation);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SendAllAsync(int sender)
    {
        for (var number = 0; number < 50; number++)
        {
            // As senders do: again until it is acknowledged.
            while (!await TryAsync(Message("Hi", $"m{sender}-{number}")))
            {
            }
        }
    }

    private static WebhookArrival Message(string text, string? externalId = null) => new()
    {
        Dialect = "simple",
        Body = Encoding.UTF8.GetBytes("{}"),
        Headers = "{}",
        Outcome = WebhookOutcome.Batched,
        Conversation = Ann,
        Message = new() { Conversation = Ann, Text = text, Lane = new("SMS", null), ExternalId = externalId },
        DuplicateKeys = externalId is null ? [] : [DuplicateKey.ForMessage(Ann, externalId)],
    };
}
