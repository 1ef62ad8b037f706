using Lull.Hosting.Settings;

namespace Lull.Tests.Hosting;

public sealed class SettingSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_real_environment_variable_beats_the_file_even_when_it_is_empty()
    {
        var sources = new SettingSources(
            SettingsOf.ToDictionary([("PORT", "5001"), ("OPENAI_API_KEY", "")]),
            SettingsOf.ToDictionary([("PORT", "5002"), ("OPENAI_API_KEY", "key"), ("MESSAGE_BATCH_WAIT_TIME", "45")]));

        var settings = LullSettings.Read(sources);

        Assert.Equal((5001, true, 45d), (settings.Hosting.Port, settings.Replying.IsRehearsal, settings.Window.Wait.TotalSeconds));
        Assert.Equal(
            ["PORT environment", "MESSAGE_BATCH_WAIT_TIME .env"],
            settings.InForce.Where(setting => setting.Source != "default").Select(setting => $"{setting.Name} {setting.Source}"));
    }

    [Fact]
    public void The_file_in_the_folder_is_read_with_its_comments_and_quotes()
    {
        _folder.Write(".env", "# a comment\nOPENAI_SYSTEM_PROMPT='Be kind, $100 # times'\nGHL_API_KEY= # nothing\nMESSAGE_BATCH_WAIT_TIME=45 # seconds\n");

        var sources = SettingSources.OfProcess(_folder.Path);

        Assert.Equal("Be kind, $100 # times", sources.DotEnv["OPENAI_SYSTEM_PROMPT"]);
        Assert.Equal("45", sources.DotEnv["MESSAGE_BATCH_WAIT_TIME"]);
        Assert.Equal("", sources.DotEnv["GHL_API_KEY"]);
    }

    [Fact]
    public void A_folder_without_a_file_has_no_settings()
        => Assert.Empty(SettingSources.OfProcess(_folder.Path).DotEnv);

    [Fact]
    public void A_broken_file_is_refused_by_line_without_quoting_it()
    {
        _folder.Write(".env", "PORT=5000\nADMIN_TOKEN \"unfinished-secret\n");

        var e = Assert.Throws<BadSettingsException>(() => SettingSources.OfProcess(_folder.Path));

        Assert.DoesNotContain("unfinished", e.Message, StringComparison.Ordinal);
        Assert.Contains("line 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_may_stand_in_a_file_of_its_own()
    {
        var file = _folder.Write("token", "top-secret\n");

        var settings = SettingsOf.Read(("ADMIN_TOKEN_FILE", file));

        Assert.Equal(["top-secret"], settings.Operating.AdminTokens);
        Assert.Equal("file", settings.InForce.Single(setting => setting.Name == "ADMIN_TOKEN").Source);
    }

    [Fact]
    public void A_secret_s_file_must_exist_and_hold_it_and_must_not_compete_with_it()
    {
        var file = _folder.Write("token", "top-secret\n");
        var empty = _folder.Write("empty", "\n");

        var violations = SettingsOf.Violations(
            ("ADMIN_TOKEN", "other"), ("ADMIN_TOKEN_FILE", file), ("WEBHOOK_SECRET_FILE", Path.Combine(_folder.Path, "none")), ("OPENAI_API_KEY_FILE", empty));

        Assert.Equal(["WEBHOOK_SECRET_FILE", "ADMIN_TOKEN_FILE", "OPENAI_API_KEY_FILE"], violations.Select(violation => violation.Split('=')[0]));
    }

    [Fact]
    public void A_name_that_looks_mistyped_is_warned_of_and_others_are_left_alone()
    {
        var settings = SettingsOf.Read(("MESAGE_BATCH_WAIT_TIME", "5"), ("WEBHOOK_SECRETS", "x"), ("PATH", "/bin"), ("HOSTNAME", "box"), ("LOGNAME", "me"));

        Assert.Equal(2, settings.Warnings.Count);
        Assert.Contains("did you mean MESSAGE_BATCH_WAIT_TIME?", settings.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("did you mean WEBHOOK_SECRET?", settings.Warnings[1], StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
