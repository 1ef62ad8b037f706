using Lull.Hosting;
using Lull.Tests.Storage;
using Lull.Tests.Storage.Postgres;

namespace Lull.Tests.Hosting;

/// <summary><c>lull backup</c> as an operator calls it.</summary>
public sealed class BackupCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Beside_a_running_server_it_makes_one_audited_file_for_its_owner_only()
    {
        await using var audited = await AuditedStore.CreateAsync();

        using var backup = StartedCommand.Start(_folder.Path, ["backup", "copy.db"], ("DATA_DIR", audited.Folder));

        await backup.ReadToAsync("copy.db: ");
        await backup.ReadToAsync("Audited and clean: 23 messages");
        await backup.ReadToAsync("To restore it, stop Lull, then: rm -f");
        Assert.Equal((ExitCodes.Done, ""), await backup.EndAsync());
        Assert.Equal(["copy.db"], Names());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.Path, "copy.db")));
        }
    }

    [Theory]
    [InlineData("there.db", "exists, and a backup overwrites nothing")]
    [InlineData("nowhere/copy.db", "nowhere does not exist")]
    public async Task What_is_there_is_not_overwritten_and_no_folder_is_made(string file, string sentence)
    {
        await using var audited = await AuditedStore.CreateAsync();
        var there = _folder.Write("there.db", "mine");

        using var backup = StartedCommand.Start(_folder.Path, ["backup", file], ("DATA_DIR", audited.Folder));

        var (exitCode, error) = await backup.EndAsync();
        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(there, Cancellation));
        Assert.Equal(["there.db"], Names());
    }

    [Fact]
    public async Task What_is_no_store_is_named_and_leaves_nothing_behind()
    {
        _folder.Write("lull.db", "no database at all, and long enough to be told from one that is empty because nothing was written to it yet.");

        using var backup = StartedCommand.Start(_folder.Path, ["backup", "copy.db"], ("DATA_DIR", _folder.Path));

        var (exitCode, error) = await backup.EndAsync();
        Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
        Assert.Contains("No backup was made", error, StringComparison.Ordinal);
        Assert.Equal(["lull.db"], Names());
    }

    [Fact]
    public async Task A_store_with_violations_is_copied_as_it_is_and_they_are_told_of()
    {
        await using var audited = await AuditedStore.CreateAsync();
        audited.Damage("UPDATE batches SET attempt = attempt + 1 WHERE contact = 'held'");

        using var backup = StartedCommand.Start(_folder.Path, ["backup", "copy.db"], ("DATA_DIR", audited.Folder));

        await backup.ReadToAsync("that has 1 violations");
        var (exitCode, error) = await backup.EndAsync();
        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Contains("VIOLATION batch_history_disagrees: batch_held_", error, StringComparison.Ordinal);
        Assert.Equal(["copy.db"], Names());
    }

    [Fact]
    public async Task With_a_database_it_prints_the_line_for_pg_dump_without_the_password()
    {
        await using var rows = await RowsUnderTest.CreateAsync();

        using var backup = StartedCommand.Start(_folder.Path, ["backup", "it's.dump"], ("DATABASE_URL", rows.Url));

        var (exitCode, error) = await backup.EndAsync();
        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Contains("""pg_dump --format=custom --schema='"lull"' --schema='"lull_cluster"' --exclude-table-data='"lull_cluster".*' --file='""", error, StringComparison.Ordinal);
        Assert.Contains("it'\\''s.dump' 'postgresql://lull@127.0.0.1:", error, StringComparison.Ordinal);
        Assert.Contains("pg_restore --no-owner --single-transaction --dbname='postgresql://lull@127.0.0.1:", error, StringComparison.Ordinal);
        Assert.DoesNotContain("ss/w", error, StringComparison.Ordinal);
        Assert.Empty(Names());
    }

    public void Dispose() => _folder.Dispose();

    private string[] Names() => [.. Directory.EnumerateFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path))];
}
