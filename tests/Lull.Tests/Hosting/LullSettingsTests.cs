using System.Net;
using Lull.Hosting.Settings;

namespace Lull.Tests.Hosting;

public sealed class LullSettingsTests
{
    private const string Password = "hunter2-hunter2";

    [Fact]
    public void With_nothing_set_the_defaults_of_the_contract_are_in_force()
    {
        var settings = SettingsOf.Read();

        Assert.Equal((IPAddress.Loopback, 5000), (settings.Hosting.Addresses.Single(), settings.Hosting.Port));
        Assert.Equal(new(TimeSpan.FromSeconds(30), null, 50, IsDefault: true), settings.Window);
        Assert.Equal(TimeSpan.FromSeconds(120), settings.Window.With(null).MaxWait);
        Assert.Equal((TimeSpan.FromHours(6), 50, 20, null), (settings.Conversations.StaleAfter, settings.Conversations.MaxConcurrentReplies, settings.Conversations.HistoryMessages, settings.Conversations.TokensPerDay));
        Assert.Equal(("gpt-4o-mini", 24_000, 4_000, 300, TimeSpan.FromSeconds(60)), (settings.Replying.Model, settings.Replying.PromptMaxChars, settings.Replying.MessageMaxChars, settings.Replying.MaxTokens, settings.Replying.Timeout));
        Assert.Equal(("rehearsal", "record", 365, 30), (settings.Operating.Replies, settings.Operating.Delivery, settings.Operating.RetentionDays, settings.Operating.JournalRetentionDays));
        Assert.Equal((TimeSpan.FromSeconds(25), 1, false), (settings.Hosting.ShutdownTimeout, settings.Hosting.ClockSpeed, settings.Hosting.StartsPaused));
        Assert.Null(settings.Receiving.RateLimitPerSender);
        Assert.All(settings.InForce, setting => Assert.Equal("default", setting.Source));
    }

    [Theory]
    [InlineData("PORT", "65536")]
    [InlineData("PORT", "http")]
    [InlineData("MESSAGE_BATCH_WAIT_TIME", "4")]
    [InlineData("MESSAGE_BATCH_WAIT_TIME", "301")]
    [InlineData("MESSAGE_BATCH_WAIT_TIME", "30s")]
    [InlineData("MESSAGE_BATCH_WAIT_TIME", "7.5")]
    [InlineData("MESSAGE_BATCH_MAX_WAIT", "3601")]
    [InlineData("MESSAGE_BATCH_MAX_MESSAGES", "0")]
    [InlineData("MESSAGE_BATCH_MAX_MESSAGES", "501")]
    [InlineData("REPLY_HISTORY_MESSAGES", "201")]
    [InlineData("STALE_AFTER", "6 hours")]
    [InlineData("STALE_AFTER", "-1h")]
    [InlineData("RATE_LIMIT_PER_SENDER", "0")]
    [InlineData("TRUSTED_PROXIES", "10.0.0.0/40")]
    [InlineData("CORS_ORIGINS", "https://app.example.com/path")]
    [InlineData("CORS_ORIGINS", "*")]
    [InlineData("WEBHOOK_SECRET", "whsec_not base64")]
    [InlineData("WEBHOOK_SECRET", ",")]
    [InlineData("WEBHOOK_SECRET", "long-enough,short")]
    [InlineData("WEBHOOK_SECRET", "whsec_MQ==")]
    [InlineData("ALERT_SECRET", "short")]
    [InlineData("ADMIN_TOKEN", "two words")]
    [InlineData("OPENAI_BASE_URL", "localhost:8080")]
    [InlineData("PROMPTS_FILE", "/there/is/no/such.yaml")]
    [InlineData("GHL_BASE_URL", "http://ghl.example.com")]
    [InlineData("ALERT_URL", "http://alerts.example.com")]
    [InlineData("DELIVERY", "maybe")]
    [InlineData("PAUSED", "yes")]
    [InlineData("LOG_LEVEL", "loud")]
    [InlineData("LULL_CLOCK_SPEED", "1001")]
    [InlineData("LULL_CLOCK_SINCE", "yesterday")]
    [InlineData("LULL_CRASH_AT", "claim")]
    [InlineData("LULL_CRASH_AT", "claim:after:0")]
    [InlineData("LULL_CRASH_AT", "claim:after,no-such-step:before")]
    [InlineData("HOST", "no such host")]
    [InlineData("DATABASE_SCHEMA", "public")]
    [InlineData("DATABASE_SCHEMA", "pg_lull")]
    [InlineData("DATABASE_SCHEMA", "information_schema")]
    [InlineData("DATABASE_SCHEMA", "Lull")]
    [InlineData("DATABASE_SCHEMA", "lull\"; DROP SCHEMA lull")]
    [InlineData("DATABASE_SCHEMA", "a23456789_123456789_123456789_123456789_123456789_123456")]
    [InlineData("ALLOW_EPHEMERAL_STORE", "yes")]
    [InlineData("CLUSTER_PORT", "0")]
    [InlineData("CLUSTER_ID", "two words")]
    public void A_value_that_is_not_allowed_is_refused_by_name_with_what_is(string name, string value)
    {
        var violation = Assert.Single(SettingsOf.Violations((name, value)));

        Assert.StartsWith($"{name}=", violation, StringComparison.Ordinal);
        Assert.Contains("allowed is ", violation, StringComparison.Ordinal);
    }

    [Fact]
    public void All_violations_are_reported_together_one_line_each()
    {
        var violations = SettingsOf.Violations(("PORT", "x"), ("STALE_AFTER", "later\nPORT=1"), ("LOG_FORMAT", "xml"), ("GHL_API_KEY", "key"));

        Assert.Equal(4, violations.Count);
        Assert.All(violations, violation => Assert.DoesNotContain('\n', violation));
    }

    [Fact]
    public void A_secret_and_a_url_s_password_are_never_shown()
    {
        var violations = SettingsOf.Violations(
            ("ADMIN_TOKEN", $"{Password} with spaces"),
            ("OPENAI_BASE_URL", $"ftp://user:{Password}@example.com/v1?key={Password}"),
            ("ALERT_URL", $"https//user:{Password}@example.com"));
        var shown = SettingsOf.Read(("WEBHOOK_SECRET", Password), ("OPENAI_BASE_URL", $"https://user:{Password}@example.com/v1")).InForce;

        Assert.Equal(3, violations.Count);
        Assert.All(violations, violation => Assert.DoesNotContain(Password, violation, StringComparison.Ordinal));
        Assert.All(shown, setting => Assert.DoesNotContain(Password, setting.Value ?? "", StringComparison.Ordinal));
        Assert.Equal("set", shown.Single(setting => setting.Name == "WEBHOOK_SECRET").Value);
        Assert.Equal("https://example.com/v1", shown.Single(setting => setting.Name == "OPENAI_BASE_URL").Value);
    }

    [Theory]
    [InlineData("GHL_API_KEY", "GHL_LOCATION_ID")]
    [InlineData("GHL_LOCATION_ID", "GHL_API_KEY")]
    public void GoHighLevel_s_key_and_location_come_together_or_not_at_all(string given, string missing)
        => Assert.StartsWith($"{missing}: must be set", Assert.Single(SettingsOf.Violations((given, "abc"))), StringComparison.Ordinal);

    [Fact]
    public void Replies_are_sent_once_model_and_GoHighLevel_are_both_set_unless_record_is_chosen()
    {
        (string, string)[] both = [("OPENAI_API_KEY", "k"), ("GHL_API_KEY", "g"), ("GHL_LOCATION_ID", "l")];

        Assert.False(SettingsOf.Read(both).Conversations.RecordOnly);
        Assert.True(SettingsOf.Read([.. both, ("DELIVERY", "record")]).Conversations.RecordOnly);
        Assert.True(SettingsOf.Read(both[..1]).Conversations.RecordOnly);
        Assert.True(SettingsOf.Read(both[1..]).Conversations.RecordOnly);
    }

    [Fact]
    public void A_default_that_depends_on_other_settings_is_shown_as_what_came_of_it()
    {
        var shown = SettingsOf.Read(("MESSAGE_BATCH_WAIT_TIME", "10")).InForce.ToDictionary(setting => setting.Name, setting => (setting.Value, setting.Source));

        Assert.Equal(("40", "default"), shown["MESSAGE_BATCH_MAX_WAIT"]);
        Assert.Equal(("record", "default"), shown["DELIVERY"]);
        Assert.Equal(("none", "default"), shown["RATE_LIMIT_PER_SENDER"]);
    }

    [Fact]
    public void Sending_without_a_model_or_without_GoHighLevel_is_refused()
    {
        Assert.Equal(2, SettingsOf.Violations(("DELIVERY", "send")).Count);
        Assert.Single(SettingsOf.Violations(("DELIVERY", "send"), ("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")));
    }

    [Fact]
    public void Two_sources_of_instructions_are_one_too_many()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("prompts.yaml", "default: be kind");

        Assert.StartsWith("PROMPTS_FILE=", Assert.Single(SettingsOf.Violations(("PROMPTS_FILE", file), ("OPENAI_SYSTEM_PROMPT", "x"))), StringComparison.Ordinal);
        Assert.Equal(file, SettingsOf.Read(("PROMPTS_FILE", file)).Replying.PromptsFile);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("*")]
    [InlineData("192.0.2.1")]
    public void On_an_address_that_others_can_reach_both_secrets_are_demanded(string host)
    {
        Assert.Equal(["ADMIN_TOKEN", "WEBHOOK_SECRET"], SettingsOf.Violations(("HOST", host)).Select(line => line.Split(':')[0]));
        Assert.Empty(SettingsOf.Violations(("HOST", host), ("ADMIN_TOKEN", "0123456789abcdef"), ("WEBHOOK_SECRET", "01234567")));
        Assert.StartsWith("ADMIN_TOKEN=(secret): allowed is tokens of at least 16", Assert.Single(
            SettingsOf.Violations(("HOST", host), ("ADMIN_TOKEN", "0123456789abcdef,guess-me"), ("WEBHOOK_SECRET", "01234567"))), StringComparison.Ordinal);
        Assert.Empty(SettingsOf.Violations(("HOST", host), ("ALLOW_INSECURE", "true")));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("::1")]
    [InlineData("localhost")]
    public void A_loopback_address_demands_nothing(string host)
    {
        var settings = SettingsOf.Read(("HOST", host), ("LULL_CLOCK_SPEED", "100"));

        Assert.True(settings.Hosting.ListensOnLoopback);
        Assert.Null(settings.Receiving.RateLimitPerSender);
    }

    [Fact]
    public void On_an_address_that_others_can_reach_senders_are_limited_and_the_clock_is_real()
    {
        var settings = SettingsOf.Read(("HOST", "0.0.0.0"), ("ALLOW_INSECURE", "true"));

        Assert.Equal(100, settings.Receiving.RateLimitPerSender);
        Assert.False(settings.Operating.ListensOnLoopback);
        Assert.StartsWith("LULL_CLOCK_SPEED=2", Assert.Single(SettingsOf.Violations(("HOST", "0.0.0.0"), ("ALLOW_INSECURE", "true"), ("LULL_CLOCK_SPEED", "2"))), StringComparison.Ordinal);
        Assert.StartsWith("LULL_CRASH_AT=claim:after", Assert.Single(SettingsOf.Violations(("HOST", "0.0.0.0"), ("ALLOW_INSECURE", "true"), ("LULL_CRASH_AT", "claim:after"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("100", 100)]
    [InlineData("7/s", 7)]
    [InlineData("none", null)]
    public void The_senders_rate_may_be_chosen(string text, int? rate)
        => Assert.Equal(rate, SettingsOf.Read(("RATE_LIMIT_PER_SENDER", text), ("HOST", "0.0.0.0"), ("ALLOW_INSECURE", "true")).Receiving.RateLimitPerSender);

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1_800)]
    [InlineData("6h", 21_600)]
    [InlineData("1d", 86_400)]
    [InlineData("120", 120)]
    public void A_length_of_time_has_a_unit_or_is_in_seconds(string text, int seconds)
        => Assert.Equal(TimeSpan.FromSeconds(seconds), SettingsOf.Read(("STALE_AFTER", text)).Conversations.StaleAfter);

    [Fact]
    public void What_is_allowed_but_unwise_is_said()
    {
        var warnings = SettingsOf.Read(("ALERT_URL", "https://alerts.example.com/hook"), ("ADMIN_TOKEN", "guess-me")).Warnings;

        Assert.Equal(["ALERT_URL", "ADMIN_TOKEN"], warnings.Select(warning => warning.Split(' ')[0]));
        Assert.DoesNotContain("guess-me", string.Join(' ', warnings), StringComparison.Ordinal);
        Assert.Empty(SettingsOf.Read(("ALERT_URL", "https://alerts.example.com/hook"), ("ALERT_SECRET", "01234567"), ("ADMIN_TOKEN", "0123456789abcdef")).Warnings);
    }

    [Fact]
    public void Secrets_rotate_by_commas()
    {
        var settings = SettingsOf.Read(("WEBHOOK_SECRET", " new-secret , old-secret"), ("ADMIN_TOKEN", "a,b"));

        Assert.Equal(["new-secret", "old-secret"], settings.Receiving.WebhookSecrets);
        Assert.Equal(["a", "b"], settings.Operating.AdminTokens);
    }

    [Fact]
    public void A_room_s_own_check_is_reported_with_the_others()
    {
        var e = Assert.Throws<BadSettingsException>(() => LullSettings.Read(SettingsOf.Environment(("PORT", "x")), settings => [new("PROMPTS_FILE", settings.Replying.Model, "something else")]));

        Assert.Equal(["PORT", "PROMPTS_FILE"], e.Violations.Select(violation => violation.Name));
    }

    [Fact]
    public void Trusted_proxies_are_addresses_or_networks()
        => Assert.Equal(["10.0.0.5/32", "172.16.0.0/12"], SettingsOf.Read(("TRUSTED_PROXIES", "10.0.0.5, 172.16.0.0/12")).Hosting.TrustedProxies.Select(network => network.ToString()));
}
