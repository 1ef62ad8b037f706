using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Migrating;
using Lull.Tests.Harness;
using Npgsql;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>One process that starts on a database and brings it up to date, on connections of its own, and what it told.</summary>
internal sealed class MigratorUnderTest : IAsyncDisposable
{
    /// <summary>The deadline of everything that is waited for; far beyond what a slow machine needs.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly NpgsqlDataSource _source;
    private readonly Migrator _migrator;
    private readonly FirstContact _contact;

    public MigratorUnderTest(string connectionString, IReadOnlyList<MigrationScript>? scripts = null, string schema = "lull", TimeProvider? time = null)
    {
        var options = new PostgresOptions { ConnectionString = ConnectionText.Read(connectionString), Schema = schema };
        _source = PostgresSource.Open(options);
        _migrator = new(_source, options, scripts);
        _contact = new(options, time ?? TimeProvider.System, (where, reason) => Waited.Add($"{where}: {reason}"));
    }

    public Record<string> Waited { get; } = new();

    /// <summary>The scripts of this Lull, and more.</summary>
    /// <param name="more">With their first line.</param>
    public static IReadOnlyList<MigrationScript> And(params string[] more)
        => [.. MigrationScript.Known, .. more.Select((text, i) => MigrationScript.Of(MigrationScript.Known.Count + 1 + i, $"{MigrationScript.Known.Count + 1 + i:0000}_more", text))];

    /// <summary>Applies and is gone, as a process is.</summary>
    public static async Task<string[]> RunAsync(string connectionString, IReadOnlyList<MigrationScript>? scripts = null, string schema = "lull")
    {
        await using var migrator = new MigratorUnderTest(connectionString, scripts, schema);
        return await migrator.ApplyAsync();
    }

    /// <summary>The names of what is missing.</summary>
    public Task<string[]> LookAsync() => NamesAsync(_migrator.MissingAsync);

    /// <summary>The names of what it has applied.</summary>
    public Task<string[]> ApplyAsync() => NamesAsync(_migrator.ApplyAsync);

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<string[]> NamesAsync(Func<CancellationToken, Task<IReadOnlyList<MigrationScript>>> work)
        => [.. (await _contact.RunAsync(work, TestContext.Current.CancellationToken)).Select(script => script.Name)];
}
