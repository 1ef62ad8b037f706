using Lull.Hosting;
using Lull.Tests.Storage;
using Lull.Tests.Storage.Postgres;

namespace Lull.Tests.Hosting;

/// <summary><c>lull audit</c> as an operator calls it.</summary>
public sealed class AuditCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Beside_a_running_server_it_prints_counts_and_ends_with_0()
    {
        await using var audited = await AuditedStore.CreateAsync();

        using var audit = StartedCommand.Start(_folder.Path, ["audit"], ("DATA_DIR", audited.Folder));

        await audit.ReadToAsync("messages   23: 6 answered, 2 dead_lettered, 2 held, 9 open, 4 suppressed");
        await audit.ReadToAsync("Clean: every message has one fate");
        Assert.Equal((ExitCodes.Done, ""), await audit.EndAsync());
    }

    [Fact]
    public async Task On_a_stopped_store_it_lists_what_is_wrong_ends_with_1_and_leaves_the_file_as_it_is()
    {
        await using var audited = await AuditedStore.CreateAsync();
        audited.Damage("UPDATE batches SET attempt = attempt + 1 WHERE contact = 'held'; UPDATE messages SET channel = NULL WHERE contact = 'open'");
        await audited.Store.DisposeAsync();
        var file = Path.Combine(audited.Folder, "lull.db");
        var before = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);

        using var audit = StartedCommand.Start(_folder.Path, ["audit"], ("DATA_DIR", audited.Folder));

        await audit.ReadToAsync("VIOLATION message_incomplete: msg_");
        await audit.ReadToAsync("VIOLATION batch_history_disagrees: batch_held_");
        await audit.ReadToAsync("2 violations (");
        Assert.Equal((ExitCodes.Failed, ""), await audit.EndAsync());
        Assert.Equal(before, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_a_database_it_looks_there(bool throughPgBouncer)
    {
        await using var rows = await PostgresAuditTests.LivedAsync();
        await rows.ExecuteAsync("UPDATE lull.batches SET attempt = attempt + 1 WHERE contact = 'held'");

        using var audit = StartedCommand.Start(_folder.Path, ["audit"], ("DATABASE_URL", throughPgBouncer ? await rows.UrlThroughPgBouncerAsync() : rows.Url));

        await audit.ReadToAsync("messages   23: 6 answered, 2 dead_lettered, 2 held, 9 open, 4 suppressed");
        await audit.ReadToAsync("VIOLATION batch_history_disagrees: batch_held_");
        Assert.Equal((ExitCodes.Failed, ""), await audit.EndAsync());
    }

    [Theory]
    [InlineData("nowhere", "There is no store in the schema nowhere")]
    [InlineData(null, "DATABASE_URL")]
    public async Task What_is_no_database_of_Lulls_is_named(string? schema, string sentence)
    {
        await using var rows = await RowsUnderTest.CreateAsync();

        using var audit = StartedCommand.Start(
            _folder.Path, ["audit"], ("DATABASE_URL", schema is null ? "postgres://:::" : rows.Url), ("DATABASE_SCHEMA", schema ?? "lull"));

        var (exitCode, error) = await audit.EndAsync();
        Assert.Equal(schema is null ? ExitCodes.BadSettings : ExitCodes.StoreUnavailable, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "There is no database")]
    [InlineData("", "is of version 0")]
    [InlineData("no database at all, and long enough to be told from one that is empty because nothing was written to it yet.", "cannot be audited")]
    public async Task What_is_no_store_is_named_and_nothing_is_made_of_it(string? content, string sentence)
    {
        if (content is not null)
        {
            _folder.Write("lull.db", content);
        }

        using var audit = StartedCommand.Start(_folder.Path, ["audit"], ("DATA_DIR", _folder.Path));

        var (exitCode, error) = await audit.EndAsync();
        Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal(content, content is null ? null : await File.ReadAllTextAsync(Path.Combine(_folder.Path, "lull.db"), TestContext.Current.CancellationToken));
        Assert.Equal(content is null ? 0 : 1, Directory.EnumerateFiles(_folder.Path).Count());
    }

    public void Dispose() => _folder.Dispose();
}
