using System.Globalization;
using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Migrating;
using Lull.Tests.Harness.Postgres;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>A database that is not there when Lull starts: what is waited for, and what is not.</summary>
public sealed class MigrationWaitTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private TestDatabase _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task One_that_cannot_be_reached_yet_is_waited_for()
    {
        await using var proxy = CuttingProxy.To(_database.Port);
        proxy.Refuse();
        await using var migrator = new MigratorUnderTest(_database.ConnectionStringThrough(proxy.Port), time: _time);

        var running = migrator.ApplyAsync();
        var sentence = await migrator.Waited.NextAsync(MigratorUnderTest.Soon);
        proxy.Resume();
        await TimePassesAsync(running);

        Assert.Equal(MigrationScript.Known.Count, (await running).Length);
        AssertNamesWhere(sentence, proxy.Port);
    }

    [Fact]
    public async Task One_that_has_no_connection_to_spare_is_waited_for()
    {
        await _database.ExecuteAsync($"ALTER DATABASE {_database.Name} CONNECTION LIMIT 0");
        await using var migrator = new MigratorUnderTest(_database.ConnectionString, time: _time);

        var running = migrator.ApplyAsync();
        var sentence = await migrator.Waited.NextAsync(MigratorUnderTest.Soon);
        await _database.ExecuteAsync($"ALTER DATABASE {_database.Name} CONNECTION LIMIT -1");
        await TimePassesAsync(running);

        Assert.Equal(MigrationScript.Known.Count, (await running).Length);
        Assert.Contains("(53300)", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_minute_it_is_given_up_with_what_to_check()
    {
        await using var proxy = CuttingProxy.To(_database.Port);
        proxy.Refuse();
        await using var migrator = new MigratorUnderTest(_database.ConnectionStringThrough(proxy.Port), time: _time);

        var running = migrator.ApplyAsync();
        await TimePassesAsync(running);

        var given = await Assert.ThrowsAsync<StoreUnavailableException>(() => running);
        AssertNamesWhere(given.Message, proxy.Port);
        Assert.Contains("right host and port", given.Message, StringComparison.Ordinal);
        Assert.NotEmpty(migrator.Waited.All);
    }

    [Theory]
    [InlineData("Password=wrong", false, "Check the user and the password")]
    [InlineData("Password=", false, "Check the user and the password")]
    [InlineData("Password=wrong", true, "Check the user and the password")]
    [InlineData("Username=nobody", false, "Check the user and the password")]
    [InlineData("Database=nowhere", false, "Create that database, or correct its name")]
    [InlineData("SslMode=Require", false, "Check sslmode")]
    public async Task What_waiting_does_not_change_is_told_at_once(string difference, bool throughPgBouncer, string advice)
    {
        var builder = new NpgsqlConnectionStringBuilder(throughPgBouncer ? await _database.ConnectionStringThroughPgBouncerAsync() : _database.ConnectionString);
        var (name, value) = (difference[..difference.IndexOf('=', StringComparison.Ordinal)], difference[(difference.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        builder[name] = value.Length > 0 ? value : null;
        await using var migrator = new MigratorUnderTest(builder.ToString(), time: _time);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(migrator.ApplyAsync);

        Assert.Contains(advice, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, refused.Message, StringComparison.Ordinal);
        Assert.Empty(migrator.Waited.All);
    }

    [Fact]
    public async Task Whoever_only_looks_is_told_at_once()
    {
        await using var proxy = CuttingProxy.To(_database.Port);
        proxy.Refuse();
        var schema = new PostgresSchema(new() { ConnectionString = ConnectionText.Read(_database.ConnectionStringThrough(proxy.Port)) }, (_, _) => Assert.Fail("it is not waited for"));

        AssertNamesWhere((await Assert.ThrowsAsync<StoreUnavailableException>(() => schema.MissingAsync(Cancellation))).Message, proxy.Port);
    }

    private void AssertNamesWhere(string sentence, int port)
    {
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"postgresql://{PostgresServer.User}@127.0.0.1:{port}/{_database.Name}"), sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(Uri.EscapeDataString(PostgresServer.Password), sentence, StringComparison.Ordinal);
    }

    private async Task TimePassesAsync(Task running)
    {
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var late = new CancellationTokenSource(MigratorUnderTest.Soon);
        while (!running.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await pulse.WaitForNextTickAsync(CancellationTokenSource.CreateLinkedTokenSource(late.Token, Cancellation).Token);
        }
    }
}
