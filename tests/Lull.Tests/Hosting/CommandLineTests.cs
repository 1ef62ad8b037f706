using Lull.Hosting;
using Lull.Hosting.Settings;

namespace Lull.Tests.Hosting;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("serve")]
    [InlineData("demo")]
    [InlineData("init")]
    [InlineData("audit")]
    public async Task Every_command_explains_itself(string command)
    {
        Assert.Equal(ExitCodes.Done, await CommandLine.RunAsync([command, "--help"], _output, _error));
        Assert.Contains(command, _output.ToString(), StringComparison.Ordinal);

        Assert.Equal(ExitCodes.Done, await CommandLine.RunAsync(["--help"], _output, _error));
        Assert.Contains(command, _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sreve")]
    [InlineData("adiut")]
    [InlineData("init", "--froce")]
    public async Task An_unknown_word_is_refused_with_help(params string[] words)
    {
        Assert.NotEqual(ExitCodes.Done, await CommandLine.RunAsync(words, _output, _error));
        Assert.Contains(words[^1], _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Usage:", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Init_writes_settings_that_are_allowed_with_fresh_secrets_for_this_user_alone()
    {
        Assert.Equal(ExitCodes.Done, InitCommand.Run(_folder.Path, force: false, _output, _error));

        var path = Path.Combine(_folder.Path, ".env");
        var sources = new SettingSources(new Dictionary<string, string>(), SettingSources.OfProcess(_folder.Path).DotEnv);
        var settings = LullSettings.Read(sources);
        Assert.Equal(["ADMIN_TOKEN", "ALERT_SECRET", "WEBHOOK_SECRET"], sources.DotEnv.Keys.Order());
        Assert.Equal(3, sources.DotEnv.Values.Where(value => value.Length >= 32).Distinct().Count());
        Assert.Single(settings.Operating.AdminTokens);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public void Init_leaves_a_file_that_is_there_alone_unless_forced()
    {
        var path = _folder.Write(".env", "PORT=5001");

        Assert.NotEqual(ExitCodes.Done, InitCommand.Run(_folder.Path, force: false, _output, _error));
        Assert.Equal("PORT=5001", File.ReadAllText(path));
        Assert.Contains("--force", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, InitCommand.Run(_folder.Path, force: true, _output, _error));
        Assert.Contains("ADMIN_TOKEN=", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal([".env"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Missing_secrets_are_printed_fresh_and_ready_to_paste()
    {
        var e = Assert.Throws<BadSettingsException>(() => SettingsOf.Read(("HOST", "0.0.0.0")));

        ServeCommand.Explain(e, _error);

        var lines = _error.ToString().Split(Environment.NewLine);
        Assert.Matches("^[0-9a-f]{48}$", lines.Single(line => line.StartsWith("ADMIN_TOKEN=", StringComparison.Ordinal))["ADMIN_TOKEN=".Length..]);
        Assert.Matches("^[0-9a-f]{48}$", lines.Single(line => line.StartsWith("WEBHOOK_SECRET=", StringComparison.Ordinal))["WEBHOOK_SECRET=".Length..]);
    }

    [Fact]
    public void The_demo_takes_over_the_model_and_nothing_that_could_reach_a_customer()
    {
        var own = SettingsOf.Environment(
            ("OPENAI_API_KEY", "k"), ("OPENAI_MODEL", "m"), ("GHL_API_KEY", "g"), ("GHL_LOCATION_ID", "l"), ("DELIVERY", "send"),
            ("HOST", "0.0.0.0"), ("DATA_DIR", "/srv/lull"), ("ALERT_URL", "https://alerts.example.com"), ("ADMIN_TOKEN", "t"));

        var settings = LullSettings.Read(DemoCommand.Sources(own, _folder.Path));

        Assert.Equal(("k", "m"), (settings.Replying.ApiKey, settings.Replying.Model));
        Assert.True(settings.Conversations.RecordOnly && settings.Hosting.ListensOnLoopback);
        Assert.Equal((_folder.Path, 5d, 0), (settings.Storage.DataDirectory, settings.Window.Wait.TotalSeconds, settings.Hosting.Port));
        Assert.Null(settings.Delivering.ApiKey);
        Assert.Null(settings.Operating.AlertUrl);
        Assert.Empty(settings.Operating.AdminTokens);
    }

    public void Dispose() => _folder.Dispose();
}
