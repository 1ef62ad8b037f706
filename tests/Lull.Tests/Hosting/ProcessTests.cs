using System.Net;
using System.Net.Sockets;
using Lull.Hosting;

namespace Lull.Tests.Hosting;

/// <summary>What an operator sees of the process itself: its first words, its last ones and its exit code.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Started_with_no_settings_but_a_port_it_says_where_it_listens_and_ends_when_asked()
    {
        using var lull = StartedCommand.Start(_folder.Path, [], ("PORT", "0"));

        var first = await lull.ReadToAsync("listens on http://127.0.0.1:");
        await lull.ReadToAsync("/batch-status/contact_123");
        lull.Terminate();

        var (exitCode, error) = await lull.EndAsync();
        Assert.StartsWith("Lull ", first, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Done, ""), (exitCode, error));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "data", "lull.db")));
    }

    [Fact]
    public async Task On_a_taken_port_it_ends_with_a_sentence_and_touches_nothing()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var lull = StartedCommand.Start(_folder.Path, ["serve"], ("PORT", $"{port}"));

        var (exitCode, error) = await lull.EndAsync();

        Assert.Equal(ExitCodes.CannotListen, exitCode);
        Assert.StartsWith($"Port {port} is already in use", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "data")));
    }

    [Fact]
    public async Task A_folder_that_holds_no_store_ends_it_with_a_sentence()
    {
        var file = _folder.Write("a-file", "x");
        _folder.Write("lull.db", new string('x', 10_000));
        using var noFolder = StartedCommand.Start(_folder.Path, [], ("PORT", "0"), ("DATA_DIR", file));
        using var noDatabase = StartedCommand.Start(_folder.Path, [], ("PORT", "0"), ("DATA_DIR", _folder.Path));

        foreach (var (exitCode, error) in (IEnumerable<(int, string)>)[await noFolder.EndAsync(), await noDatabase.EndAsync()])
        {
            Assert.Equal(ExitCodes.StoreUnavailable, exitCode);
            Assert.Contains("Set DATA_DIR", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task On_an_address_of_another_machine_it_ends_with_a_sentence_though_any_port_would_do()
    {
        using var lull = StartedCommand.Start(_folder.Path, [], ("PORT", "0"), ("HOST", "192.0.2.1"), ("ALLOW_INSECURE", "true"));

        var (exitCode, error) = await lull.EndAsync();

        Assert.Equal(ExitCodes.CannotListen, exitCode);
        Assert.StartsWith("192.0.2.1 is not an address of this machine", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "data")));
    }

    [Fact]
    public async Task Settings_that_are_not_allowed_end_it_before_it_listens_with_every_reason()
    {
        _folder.Write(".env", "PORT=none\nLOG_FORMAT=xml\nADMIN_TOKEN='not one word'\n");
        using var lull = StartedCommand.Start(_folder.Path, [], ("MESSAGE_BATCH_WAIT_TIME", "4"));

        var (exitCode, error) = await lull.EndAsync();

        Assert.Equal(ExitCodes.BadSettings, exitCode);
        Assert.All((string[])["PORT=none", "LOG_FORMAT=xml", "ADMIN_TOKEN=(secret)", "MESSAGE_BATCH_WAIT_TIME=4"], line => Assert.Contains(line, error, StringComparison.Ordinal));
        Assert.DoesNotContain("not one word", error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
