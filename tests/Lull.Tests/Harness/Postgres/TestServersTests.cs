using System.Diagnostics;
using Npgsql;

namespace Lull.Tests.Harness.Postgres;

/// <summary>That the servers of the tests are there, do what tests need of them, and leave nothing behind.</summary>
public sealed class TestServersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_of_ones_own_answers_directly_and_through_pgbouncer_and_is_gone_afterwards()
    {
        var database = await TestDatabase.CreateAsync();

        Assert.Equal(database.Name, await AskAsync(database.ConnectionString, "SELECT current_database()::text"));
        Assert.Equal(database.Name, await AskAsync(await database.ConnectionStringThroughPgBouncerAsync(), "SELECT current_database()::text"));

        await database.DisposeAsync();
        Assert.Equal(0L, await (await PostgresServer.SharedAsync()).QueryAsync<long>($"SELECT count(*) FROM pg_database WHERE datname = '{database.Name}'"));
    }

    [Fact]
    public async Task Pgbouncer_pools_transactions_so_that_what_a_session_remembers_is_lost()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var bouncer = await PgBouncerServer.StartAsync(await PostgresServer.SharedAsync(), "default_pool_size=2");
        await using var first = await OpenAsync(database.ConnectionStringThrough(bouncer.Port));
        await using var second = await OpenAsync(database.ConnectionStringThrough(bouncer.Port));
        const string Backend = "SELECT pg_backend_pid()::text";

        // Only one server connection exists until two transactions are open at once, so the second client is given the first one's.
        var backends = (await AskAsync(first, Backend), await AskAsync(second, Backend));

        Assert.Equal(backends.Item1, backends.Item2);
    }

    [Fact]
    public async Task A_proxy_cuts_refuses_stalls_and_is_whole_again()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var proxy = CuttingProxy.To(database.Port);
        var through = database.ConnectionStringThrough(proxy.Port) + ";Pooling=false";
        var connection = await OpenAsync(through);
        Assert.Equal("1", await AskAsync(connection, "SELECT '1'"));

        proxy.Cut();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(connection, "SELECT '1'"));

        proxy.Refuse();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => OpenAsync(through));

        proxy.Resume();
        await using var again = await OpenAsync(through);
        proxy.Stall(questions: false);
        var answer = AskAsync(again, "CREATE TABLE reached (id int)");
        while (await database.QueryAsync<long>("SELECT count(*) FROM pg_tables WHERE tablename = 'reached'") == 0)
        {
            Cancelled.ThrowIfCancellationRequested();
        }

        Assert.False(answer.IsCompleted);
        proxy.Resume();
        Assert.Null(await answer.WaitAsync(Patience, Cancelled));
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task A_server_of_a_tests_own_keeps_what_is_committed_through_a_stop_and_a_crash()
    {
        await using var server = await PostgresServer.CreateAsync();
        await using var database = await TestDatabase.CreateOnAsync(server);
        Assert.Equal("on on", await database.QueryAsync<string>("SELECT current_setting('fsync') || ' ' || current_setting('synchronous_commit')"));

        await database.ExecuteAsync("CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
        await server.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => OpenAsync(database.ConnectionString));
        await server.StartAsync();
        await database.ExecuteAsync("INSERT INTO kept VALUES (2)");
        await server.CrashAsync();
        await server.StartAsync();

        Assert.Equal(2L, await database.QueryAsync<long>("SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task A_server_ends_with_the_pipe_that_its_starter_held_and_takes_its_folder_along()
    {
        var folder = ServerTools.NewFolder("watched");
        var server = await WatchedServer.StartAsync(folder, "TERM", "here is", "never", "sh", "-c", "echo here is $$; exec tail -f /dev/null");
        var id = int.Parse(server.Output.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
        using var watched = Process.GetProcessById(id);

        await server.EndAsync();

        Assert.True(watched.WaitForExit(Patience));
        Assert.False(Directory.Exists(folder));
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Cancelled);
        return connection;
    }

    private static async Task<string?> AskAsync(string connectionString, string sql)
    {
        await using var connection = await OpenAsync(connectionString);
        return await AskAsync(connection, sql);
    }

    private static async Task<string?> AskAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (string?)await command.ExecuteScalarAsync(Cancelled);
    }
}
