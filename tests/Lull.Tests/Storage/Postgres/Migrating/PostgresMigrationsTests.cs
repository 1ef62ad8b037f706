using Lull.Storage.Postgres.Migrating;
using Lull.Tests.Harness.Postgres;
using Npgsql;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>Which scripts are applied, when, and by whom.</summary>
public sealed class PostgresMigrationsTests : IAsyncLifetime
{
    private const string Compatible = "-- compatible: yes\n", Breaking = "-- compatible: no\n";

    private static readonly int Known = MigrationScript.Embedded.Count;
    private static readonly string[] Names = [.. MigrationScript.Embedded.Select(script => script.Name)];

    private TestDatabase _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public void The_scripts_are_numbered_without_a_gap()
        => Assert.Equal(Enumerable.Range(1, Known), MigrationScript.Embedded.Select(script => script.Version));

    [Theory]
    [InlineData("tables", "-- compatible: yes\n")]
    [InlineData("0001_tables", "CREATE TABLE t();\n-- compatible: yes\n")]
    [InlineData("0001_tables", "-- compatible: yes")]
    [InlineData("0001_tables", "")]
    public void A_script_says_its_number_and_whether_nodes_of_the_version_before_can_go_on(string name, string text)
        => Assert.Throws<FormatException>(() => MigrationScript.Parse(name, text));

    [Fact]
    public async Task An_empty_database_is_given_everything_once()
    {
        await using var migrator = new MigratorUnderTest(_database.ConnectionString);
        var before = await migrator.LookAsync();
        var first = await migrator.ApplyAsync();
        var second = await migrator.ApplyAsync();

        Assert.Equal((0, Known), (before.Version, before.Known));
        Assert.Equal(Names, before.Missing);
        Assert.Equal((Known, 0), (first.Version, first.Missing.Count));
        Assert.Equal((Known, 0), (second.Version, second.Missing.Count));
        Assert.Equal(Names, migrator.Applied.All);
        Assert.Equal(
            string.Join(' ', MigrationScript.Embedded.Select(script => $"{script.Version}:{script.Name}:{(script.IsCompatible ? "false" : "true")}")),
            await _database.QueryAsync<string>("SELECT string_agg(version || ':' || name || ':' || breaking, ' ' ORDER BY version) FROM lull.migrations WHERE applied_at <= clock_timestamp()"));
    }

    [Fact]
    public async Task To_look_changes_nothing()
    {
        await using var migrator = new MigratorUnderTest(_database.ConnectionString);
        await migrator.LookAsync();

        Assert.Equal(0, await _database.QueryAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'lull%'"));
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(3, true)]
    public async Task Many_at_once_do_it_once(int count, bool throughPgBouncer)
    {
        var connection = throughPgBouncer ? await _database.ConnectionStringThroughPgBouncerAsync() : _database.ConnectionString;
        var migrators = Enumerable.Range(0, count).Select(_ => new MigratorUnderTest(connection)).ToArray();
        var running = await HeldBackAsync(() => [.. migrators.Select(migrator => migrator.ApplyAsync())], migrators);

        var states = await Task.WhenAll(running);

        Assert.All(states, state => Assert.Equal((Known, 0), (state.Version, state.Missing.Count)));
        Assert.Equal(Names, migrators.SelectMany(migrator => migrator.Applied.All).Order(StringComparer.Ordinal));
        foreach (var migrator in migrators)
        {
            await migrator.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_script_that_fails_leaves_nothing_behind_and_may_be_put_right()
    {
        await MigratorUnderTest.RunAsync(_database.ConnectionString);
        var half = Compatible + "CREATE TABLE {schema}.half (id int);\n";
        await using var broken = new MigratorUnderTest(_database.ConnectionString, MigratorUnderTest.And(half + "SELECT 1 / 0;", half));

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(broken.ApplyAsync);

        Assert.Contains($"{Known + 1:0000}_more failed: division by zero (22012)", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Known, await VersionAsync());
        Assert.True(await _database.QueryAsync<bool>("SELECT to_regclass('lull.half') IS NULL"));
        Assert.Empty(broken.Applied.All);

        Assert.Equal(Known + 1, (await MigratorUnderTest.RunAsync(_database.ConnectionString, MigratorUnderTest.And(half))).Version);
    }

    [Fact]
    public async Task When_the_first_script_fails_there_is_no_schema_either()
    {
        await using var broken = new MigratorUnderTest(_database.ConnectionString, [MigrationScript.Parse("0001_broken", Breaking + "CREATE TABLE {cluster}.half (id nonsense);")]);

        await Assert.ThrowsAsync<StoreUnavailableException>(broken.ApplyAsync);

        Assert.Equal(0, await _database.QueryAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'lull%'"));
    }

    [Theory]
    [InlineData(Breaking)]
    [InlineData(Compatible, Compatible)]
    [InlineData(Breaking, Compatible)]
    public async Task A_newer_database_is_refused_with_what_to_do(params string[] more)
    {
        await MigratorUnderTest.RunAsync(_database.ConnectionString, MigratorUnderTest.And(more));
        await using var older = new MigratorUnderTest(_database.ConnectionString);

        var refused = await Assert.ThrowsAsync<StoreInUseException>(older.ApplyAsync);

        Assert.Equal(
            $"The database is of version {Known + more.Length}, newer than the {Known} this Lull knows. Run the newer Lull, or restore a backup made before the upgrade.", refused.Message);
        Assert.Equal(refused.Message, (await Assert.ThrowsAsync<StoreInUseException>(older.LookAsync)).Message);
        Assert.Equal(Known + more.Length, await VersionAsync());
    }

    [Fact]
    public async Task One_version_newer_that_allows_it_is_worked_on()
    {
        await MigratorUnderTest.RunAsync(_database.ConnectionString, MigratorUnderTest.And(Compatible));
        await using var older = new MigratorUnderTest(_database.ConnectionString);

        var state = await older.ApplyAsync();

        Assert.Equal((Known + 1, Known, 0), (state.Version, state.Known, state.Missing.Count));
    }

    [Theory]
    [InlineData("My-Schema")]
    [InlineData("say \"please\"")]
    [InlineData("select")]
    public async Task A_schema_may_be_called_anything_a_statement_can_quote(string schema)
    {
        await MigratorUnderTest.RunAsync(_database.ConnectionString, schema: schema);
        await MigratorUnderTest.RunAsync(_database.ConnectionString);

        Assert.Equal(
            [schema, schema + "_cluster", "lull", "lull_cluster"],
            await _database.QueryAsync<string[]>("SELECT array_agg(nspname::text ORDER BY oid) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_'"));
        Assert.Equal(1, await _database.QueryAsync<long>($"SELECT {SchemaNames.Quote(schema)}.next_id(1) >> 20"));
    }

    [Fact]
    public async Task A_script_that_must_wait_for_a_table_gives_up_soon_and_comes_back()
    {
        await MigratorUnderTest.RunAsync(_database.ConnectionString);
        await using var migrator = new MigratorUnderTest(_database.ConnectionString, MigratorUnderTest.And(Compatible + "ALTER TABLE {schema}.messages ADD COLUMN more text;"));
        await using var reader = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await reader.OpenAsync(Cancellation);
        var transaction = await reader.BeginTransactionAsync(Cancellation);
        await ExecuteAsync(reader, "SELECT count(*) FROM lull.messages");

        var running = migrator.ApplyAsync();
        var waited = await migrator.Waited.WaitForAsync(_ => true, 1, MigratorUnderTest.Soon);
        await transaction.RollbackAsync(Cancellation);

        Assert.Contains("lock timeout", waited[0], StringComparison.Ordinal);
        Assert.Equal(Known + 1, (await running).Version);
    }

    /// <summary>Starts migrators that all find somebody at work, and lets them go at once.</summary>
    private async Task<Task<MigrationState>[]> HeldBackAsync(Func<Task<MigrationState>[]> start, MigratorUnderTest[] migrators)
    {
        await using var other = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await other.OpenAsync(Cancellation);
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        await ExecuteAsync(other, "SELECT pg_advisory_xact_lock(hashtextextended('lull migrations of lull', 0))");
        var running = start();
        foreach (var migrator in migrators)
        {
            Assert.Contains("Another process", await migrator.Waited.NextAsync(MigratorUnderTest.Soon), StringComparison.Ordinal);
        }

        await transaction.CommitAsync(Cancellation);
        return running;
    }

    private Task<int> VersionAsync() => _database.QueryAsync<int>("SELECT max(version) FROM lull.migrations");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
