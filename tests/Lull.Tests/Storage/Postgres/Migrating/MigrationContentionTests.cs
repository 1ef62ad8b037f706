using Lull.Storage.Postgres.Migrating;
using Lull.Tests.EndToEnd.Cluster;
using Lull.Tests.Harness.Postgres;
using Npgsql;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>Migrations that meet each other, or somebody who reads.</summary>
public sealed class MigrationContentionTests : IAsyncLifetime
{
    private static readonly string[] Names = [.. MigrationScript.Known.Select(script => script.Name)];

    private TestDatabase _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(10, false)]
    [InlineData(3, true)]
    public async Task Of_many_that_all_saw_an_empty_database_each_script_is_applied_by_one(int count, bool throughPgBouncer)
    {
        var connection = throughPgBouncer ? await _database.ConnectionStringThroughPgBouncerAsync() : _database.ConnectionString;
        var migrators = Enumerable.Range(0, count).Select(_ => new MigratorUnderTest(connection)).ToArray();
        await using var other = await BeginAsync("SELECT pg_advisory_xact_lock(hashtextextended('lull migrations of lull', 0))");

        var running = migrators.Select(migrator => migrator.ApplyAsync()).ToArray();
        await SeveralNodes.UntilAsync(
            () => _database.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"),
            waiting => waiting == count,
            "not all of them wait");
        await other.CloseAsync();
        var applied = await Task.WhenAll(running);

        Assert.Equal(Names, applied.SelectMany(names => names).Order(StringComparer.Ordinal));
        Assert.Equal(Names.Length, await _database.QueryAsync<long>("SELECT count(*) FROM lull.migrations"));
        foreach (var migrator in migrators)
        {
            await migrator.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_script_that_must_wait_for_a_table_gives_up_soon_and_comes_back()
    {
        await MigratorUnderTest.RunAsync(_database.ConnectionString);
        await using var migrator = new MigratorUnderTest(_database.ConnectionString, MigratorUnderTest.And("-- compatible: yes\nALTER TABLE {schema}.messages ADD COLUMN more text;"));
        await using var reader = await BeginAsync("SELECT count(*) FROM lull.messages");

        var running = migrator.ApplyAsync();
        var waited = await migrator.Waited.NextAsync(MigratorUnderTest.Soon);
        await reader.CloseAsync();

        Assert.Contains("lock timeout", waited, StringComparison.Ordinal);
        Assert.Single(await running);
    }

    [Theory]
    [InlineData("My-Schema")]
    [InlineData("say \"please\"")]
    [InlineData("select")]
    public async Task A_schema_may_be_called_anything_that_can_be_quoted(string schema)
    {
        await MigratorUnderTest.RunAsync(_database.ConnectionString, schema: schema);
        await MigratorUnderTest.RunAsync(_database.ConnectionString);

        Assert.Equal(
            [schema, schema + "_cluster", "lull", "lull_cluster"],
            await _database.QueryAsync<string[]>("SELECT array_agg(nspname::text ORDER BY oid) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_'"));
        Assert.Equal(1, await _database.QueryAsync<long>($"SELECT {Migrator.Quoted(schema)}.next_id(1) >> 20"));
    }

    /// <summary>Somebody's transaction, which ends when the connection is closed.</summary>
    private async Task<NpgsqlConnection> BeginAsync(string sql)
    {
        var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand("BEGIN; " + sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
        return connection;
    }
}
