using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Migrating;
using Lull.Tests.Harness.Postgres;
using Npgsql;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>How the tables come to the version of this Lull, and who may see them.</summary>
public sealed class MigratorTests : IAsyncLifetime
{
    private static readonly MigrationScript[] Small =
    [
        MigrationScript.Of(1, "0001_first", "-- compatible: no\nCREATE TABLE {schema}.things (id int PRIMARY KEY);"),
        MigrationScript.Of(2, "0002_second", "-- compatible: yes\nALTER TABLE {schema}.things ADD COLUMN note text; CREATE TABLE {cluster}.others (id int);"),
    ];

    private readonly List<NpgsqlDataSource> _sources = [];
    private TestDatabase _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources)
        {
            await source.DisposeAsync();
        }

        await _database.DisposeAsync();
    }

    [Fact]
    public async Task An_empty_database_gets_every_script_in_order_and_then_lacks_nothing()
    {
        var migrator = Migrator();

        Assert.Equal(MigrationScript.Known, await migrator.MissingAsync(Cancellation));
        Assert.Equal(MigrationScript.Known, await migrator.ApplyAsync(Cancellation));

        Assert.Empty(await migrator.MissingAsync(Cancellation));
        Assert.Empty(await migrator.ApplyAsync(Cancellation));
        Assert.Equal(string.Join(',', MigrationScript.Known.Select(script => script.Name)), await _database.QueryAsync<string>("SELECT string_agg(name, ',' ORDER BY version) FROM lull.migrations"));
    }

    [Fact]
    public async Task To_look_what_is_missing_changes_nothing()
    {
        await Migrator().MissingAsync(Cancellation);

        Assert.Equal(0, await _database.QueryAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'lull%'"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_processes_at_once_apply_each_script_once(bool throughPgBouncer)
    {
        var connection = throughPgBouncer ? await _database.ConnectionStringThroughPgBouncerAsync() : _database.ConnectionString;
        var migrators = Enumerable.Range(0, 10).Select(_ => Migrator(connection)).ToList();

        var applied = await Task.WhenAll(migrators.Select(migrator => Task.Run(() => migrator.ApplyAsync(Cancellation))));

        Assert.Equal(MigrationScript.Known.Count, applied.Sum(scripts => scripts.Count));
        Assert.Equal(MigrationScript.Known.Count, await _database.QueryAsync<long>("SELECT count(*) FROM lull.migrations"));
    }

    [Fact]
    public async Task A_script_that_fails_leaves_nothing_behind_and_the_ones_before_it_stay()
    {
        MigrationScript[] broken = [Small[0], MigrationScript.Of(2, "0002_broken", "-- compatible: yes\nCREATE TABLE {schema}.half (id int); CREATE TABLE {schema}.things (id int);")];

        var failed = await Assert.ThrowsAsync<StoreUnavailableException>(() => Migrator(known: broken).ApplyAsync(Cancellation));

        Assert.StartsWith("The script 0002_broken failed: relation \"things\" already exists (42P07). It has left nothing behind, and the database is of version 1", failed.Message, StringComparison.Ordinal);
        Assert.Equal(1, await _database.QueryAsync<int>("SELECT max(version) FROM lull.migrations"));
        Assert.False(await _database.QueryAsync<bool>("SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'half')"));
        Assert.Equal(["0002_second"], (await Migrator(known: Small).ApplyAsync(Cancellation)).Select(script => script.Name));
    }

    [Fact]
    public async Task A_node_of_the_version_before_goes_on_beside_a_compatible_script()
    {
        await Migrator(known: Small).ApplyAsync(Cancellation);

        var before = Migrator(known: Small[..1]);
        Assert.Empty(await before.ApplyAsync(Cancellation));
        Assert.True(before.IsBehind);

        var current = Migrator(known: Small);
        Assert.Empty(await current.ApplyAsync(Cancellation));
        Assert.False(current.IsBehind);
    }

    [Fact]
    public async Task A_newer_database_is_refused_with_what_to_do()
    {
        MigrationScript[] breaking = [Small[0], Small[1] with { IsCompatible = false }];
        await Migrator(known: breaking).ApplyAsync(Cancellation);

        var refused = await Assert.ThrowsAsync<StoreInUseException>(() => Migrator(known: Small[..1]).ApplyAsync(Cancellation));

        Assert.Equal("The database is of version 2, newer than the 1 this Lull knows. Run the newer Lull, or restore a backup made before the upgrade.", refused.Message);
        await Assert.ThrowsAsync<StoreInUseException>(() => Migrator(known: Small[..1]).MissingAsync(Cancellation));
    }

    [Fact]
    public async Task Two_versions_ahead_is_too_many_even_if_both_are_compatible()
    {
        await Migrator(known: [.. Small, MigrationScript.Of(3, "0003_third", "-- compatible: yes\nSELECT 1;")]).ApplyAsync(Cancellation);

        await Assert.ThrowsAsync<StoreInUseException>(() => Migrator(known: Small[..1]).ApplyAsync(Cancellation));
        Assert.Empty(await Migrator(known: Small).ApplyAsync(Cancellation));
    }

    [Fact]
    public async Task Nothing_may_be_read_by_others_whatever_is_granted_by_default()
    {
        await ByDefaultEverybodyMayEverythingAsync();
        await Migrator().ApplyAsync(Cancellation);

        foreach (var role in (string[])["anon", "authenticated", "PUBLIC"])
        {
            Assert.Equal("", await VisibleToAsync(role == "PUBLIC" ? "lull_stranger" : role));
        }

        Assert.Equal(0, await _database.QueryAsync<long>(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('lull', 'lull_cluster') AND c.relkind = 'r' AND NOT c.relrowsecurity"));
    }

    [Fact]
    public async Task A_role_that_may_not_make_schemas_uses_those_that_are_there()
    {
        await _database.ExecuteAsync($"REVOKE CREATE ON DATABASE {_database.Name} FROM PUBLIC; ALTER DATABASE {_database.Name} OWNER TO postgres");
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => Migrator().ApplyAsync(Cancellation));
        Assert.Contains("42501", refused.Message, StringComparison.Ordinal);

        await _database.ExecuteAsync($"CREATE SCHEMA lull AUTHORIZATION {PostgresServer.User}; CREATE SCHEMA lull_cluster AUTHORIZATION {PostgresServer.User}");

        Assert.Equal(MigrationScript.Known, await Migrator().ApplyAsync(Cancellation));
    }

    [Fact]
    public async Task Two_schemas_in_one_database_do_not_meet()
    {
        await Migrator(schema: "one").ApplyAsync(Cancellation);

        Assert.Equal(MigrationScript.Known, await Migrator(schema: "_2nd").ApplyAsync(Cancellation));
        Assert.Equal(2, await _database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'messages'"));
    }

    private Migrator Migrator(string? connection = null, IReadOnlyList<MigrationScript>? known = null, string schema = "lull")
    {
        var options = new PostgresOptions { ConnectionString = ConnectionText.Read(connection ?? _database.ConnectionString), Schema = schema };
        var source = PostgresSource.Open(options);
        _sources.Add(source);
        return new(source, options, known);
    }

    /// <summary>As Supabase sets a database up, and worse.</summary>
    private Task ByDefaultEverybodyMayEverythingAsync() => _database.ExecuteAsync(
        $"""
        DO $$ BEGIN
            PERFORM pg_advisory_xact_lock(7);
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE lull_stranger; END IF;
        END $$;
        ALTER DEFAULT PRIVILEGES FOR ROLE {PostgresServer.User} GRANT ALL ON TABLES TO anon, authenticated, PUBLIC;
        ALTER DEFAULT PRIVILEGES FOR ROLE {PostgresServer.User} GRANT ALL ON SEQUENCES TO anon, authenticated, PUBLIC;
        ALTER DEFAULT PRIVILEGES FOR ROLE {PostgresServer.User} GRANT ALL ON FUNCTIONS TO anon, authenticated, PUBLIC;
        ALTER DEFAULT PRIVILEGES FOR ROLE {PostgresServer.User} GRANT ALL ON SCHEMAS TO anon, authenticated, PUBLIC;
        """);

    /// <summary>What a role may do anything with, of all that is Lull's.</summary>
    private Task<string> VisibleToAsync(string role) => _database.QueryAsync<string>(
        $"""
        SELECT concat_ws(', ',
            (SELECT string_agg(c.relname, ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'lull%' AND c.relkind = 'r'
                AND has_table_privilege('{role}', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')),
            (SELECT string_agg(c.relname, ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'lull%' AND CASE c.relkind WHEN 'S'
                THEN has_sequence_privilege('{role}', c.oid, 'SELECT, UPDATE, USAGE') END),
            (SELECT string_agg(p.proname, ', ') FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname LIKE 'lull%' AND has_function_privilege('{role}', p.oid, 'EXECUTE')),
            (SELECT string_agg(n.nspname, ', ') FROM pg_namespace n WHERE n.nspname LIKE 'lull%' AND has_schema_privilege('{role}', n.oid, 'USAGE, CREATE')))
        """);
}
