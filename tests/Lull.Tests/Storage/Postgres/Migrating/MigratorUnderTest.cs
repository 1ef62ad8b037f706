using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Migrating;
using Lull.Tests.Harness;
using Npgsql;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>One process that brings a database up to date, on connections of its own, and what it told.</summary>
internal sealed class MigratorUnderTest : IAsyncDisposable
{
    /// <summary>The deadline of everything that is waited for; far beyond what a slow machine needs.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly NpgsqlDataSource _source;
    private readonly PostgresMigrations _migrations;

    public MigratorUnderTest(string connectionString, IReadOnlyList<MigrationScript>? scripts = null, string schema = "lull", TimeProvider? time = null)
    {
        Options = new() { ConnectionString = ConnectionText.Read(connectionString), Schema = schema };
        _source = PostgresSource.Open(Options);
        _migrations = new(_source, Options, time ?? TimeProvider.System, scripts);
    }

    public PostgresOptions Options { get; }

    public Record<string> Applied { get; } = new();

    public Record<string> Waited { get; } = new();

    /// <summary>The scripts of this Lull, and more.</summary>
    /// <param name="more">With the first line, without a number.</param>
    public static IReadOnlyList<MigrationScript> And(params string[] more)
        => [.. MigrationScript.Embedded, .. more.Select((text, i) => MigrationScript.Parse($"{MigrationScript.Embedded.Count + 1 + i:0000}_more", text))];

    /// <summary>Applies and is gone, as a process is.</summary>
    public static async Task<MigrationState> RunAsync(string connectionString, IReadOnlyList<MigrationScript>? scripts = null, string schema = "lull")
    {
        await using var migrator = new MigratorUnderTest(connectionString, scripts, schema);
        return await migrator.ApplyAsync();
    }

    public Task<MigrationState> LookAsync() => _migrations.LookAsync(TestContext.Current.CancellationToken);

    public Task<MigrationState> ApplyAsync() => _migrations.ApplyAsync(new(Applied.Add, Waited.Add), TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
