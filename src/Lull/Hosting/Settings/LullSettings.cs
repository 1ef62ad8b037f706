using System.Globalization;
using System.Net;
using Lull.Conversations;
using Lull.Delivering;
using Lull.Hosting.Crashing;
using Lull.Operating;
using Lull.Receiving;
using Lull.Receiving.Proving;
using Lull.Replying;
using Lull.Storage.Postgres.Connecting;
using Microsoft.Extensions.Logging;

namespace Lull.Hosting.Settings;

/// <summary>Everything an operator can set, read once at start: the options of every room.</summary>
internal sealed record LullSettings
{
    /// <summary>Webhooks a second from one sender on an address that others can reach.</summary>
    public const int DefaultRate = 100;

    public required HostingOptions Hosting { get; init; }
    public required StorageOptions Storage { get; init; }
    public required BurstWindowSettings Window { get; init; }
    public required ReceivingOptions Receiving { get; init; }
    public required ConversationOptions Conversations { get; init; }
    public required ReplyingOptions Replying { get; init; }
    public required DeliveringOptions Delivering { get; init; }
    public required OperatingOptions Operating { get; init; }

    /// <summary>For <c>GET /config</c>.</summary>
    public required IReadOnlyList<SettingInForce> InForce { get; init; }

    /// <summary>What looks like a mistake but is allowed.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads and checks every setting.</summary>
    /// <param name="checks">What rooms have to say of settings only they understand, for example the prompts file.</param>
    /// <exception cref="BadSettingsException">At least one is not allowed; all that are not are in it.</exception>
    public static LullSettings Read(SettingSources sources, params IReadOnlyList<Func<LullSettings, IEnumerable<SettingViolation>>> checks)
    {
        var reader = new SettingsReader(sources);
        var addresses = ListeningAddress.Resolve(reader.Text("HOST")!);
        SettingRules.Check(reader, addresses);
        var settings = Effective(From(reader, addresses)) with { Warnings = [.. SettingTypos.Find(sources), .. SettingRules.Warnings(reader)] };
        IReadOnlyList<SettingViolation> violations = [.. reader.Violations, .. checks.SelectMany(check => check(settings))];
        return violations.Count == 0 ? settings : throw new BadSettingsException(violations, settings.Warnings);
    }

    private static LullSettings From(SettingsReader reader, IReadOnlyList<IPAddress> addresses)
    {
        var hosting = HostingFrom(reader, addresses);
        var replying = ReplyingFrom(reader);
        var recordOnly = !SettingRules.Sends(reader);
        return new()
        {
            Hosting = hosting,
            Storage = StoreSettings.Read(reader),
            Window = new(
                TimeSpan.FromSeconds(reader.Whole("MESSAGE_BATCH_WAIT_TIME")),
                reader.Number("MESSAGE_BATCH_MAX_WAIT") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                reader.Whole("MESSAGE_BATCH_MAX_MESSAGES"),
                !reader.IsSet("MESSAGE_BATCH_WAIT_TIME")),
            Receiving = new()
            {
                WebhookSecrets = reader.List("WEBHOOK_SECRET"),
                AppId = reader.Text("GHL_APP_ID"),
                AppKeys = [.. reader.List("GHL_WEBHOOK_PUBLIC_KEYS").SelectMany(part => AppKeys.Read(part) ?? [])],
                LocationId = reader.Text("GHL_LOCATION_ID"),
                RateLimitPerSender = RateFrom(reader, hosting),
                ListensOnLoopback = hosting.ListensOnLoopback,
            },
            Conversations = new()
            {
                StaleAfter = reader.Duration("STALE_AFTER"),
                MaxConcurrentReplies = reader.Whole("MAX_CONCURRENT_REPLIES"),
                HistoryMessages = reader.Whole("REPLY_HISTORY_MESSAGES"),
                TokensPerDay = reader.Number("MODEL_TOKENS_PER_DAY"),
                RecordOnly = recordOnly,
            },
            Replying = replying,
            Delivering = new()
            {
                ApiKey = reader.Text("GHL_API_KEY"),
                LocationId = reader.Text("GHL_LOCATION_ID"),
                BaseUrl = reader.Url("GHL_BASE_URL")!,
            },
            Operating = OperatingFrom(reader, hosting, replying, recordOnly),
            InForce = reader.InForce,
            Warnings = [],
        };
    }

    private static HostingOptions HostingFrom(SettingsReader reader, IReadOnlyList<IPAddress> addresses) => new()
    {
        Host = reader.Text("HOST")!,
        Addresses = addresses,
        Port = reader.Whole("PORT"),
        PublicUrl = reader.Url("PUBLIC_URL"),
        TrustedProxies = [.. reader.List("TRUSTED_PROXIES").Select(text => SettingShapes.TryNetwork(text, out var network) ? network : default)],
        LogLevel = Enum.Parse<LogLevel>(reader.Text("LOG_LEVEL")!, ignoreCase: true),
        LogsAsJson = reader.Text("LOG_FORMAT")!.Equals("json", StringComparison.OrdinalIgnoreCase),
        ShutdownTimeout = reader.Duration("SHUTDOWN_TIMEOUT"),
        ClockSpeed = reader.Whole("LULL_CLOCK_SPEED"),
        ClockSince = SettingShapes.TryInstant(reader.Text("LULL_CLOCK_SINCE"), out var since) ? since : null,
        CrashPoints = [.. reader.List("LULL_CRASH_AT").Select(CrashPoint.Parse)],
        StartsPaused = reader.Switch("PAUSED"),
        Cluster = new() { Address = reader.Text("CLUSTER_ADDRESS"), Port = reader.Whole("CLUSTER_PORT"), ListenPort = reader.Whole("CLUSTER_LISTEN_PORT"), ClusterId = reader.Text("CLUSTER_ID")! },
    };

    private static ReplyingOptions ReplyingFrom(SettingsReader reader) => new()
    {
        ApiKey = reader.Text("OPENAI_API_KEY"),
        BaseUrl = reader.Url("OPENAI_BASE_URL"),
        Model = reader.Text("OPENAI_MODEL")!,
        SystemPrompt = reader.Text("OPENAI_SYSTEM_PROMPT"),
        PromptsFile = reader.Text("PROMPTS_FILE"),
        PromptMaxChars = reader.Whole("PROMPT_MAX_CHARS"),
        MessageMaxChars = reader.Whole("MESSAGE_MAX_CHARS"),
        MaxTokens = reader.Whole("REPLY_MAX_TOKENS"),
        Timeout = reader.Duration("REPLY_TIMEOUT"),
    };

    private static OperatingOptions OperatingFrom(SettingsReader reader, HostingOptions hosting, ReplyingOptions replying, bool recordOnly) => new()
    {
        AdminTokens = reader.List("ADMIN_TOKEN"),
        AllowInsecure = reader.Switch("ALLOW_INSECURE"),
        CorsOrigins = reader.Text("CORS_ORIGINS") is null ? null : reader.List("CORS_ORIGINS"),
        ListensOnLoopback = hosting.ListensOnLoopback,
        AlertUrl = reader.Url("ALERT_URL"),
        AlertSecret = reader.Text("ALERT_SECRET"),
        RetentionDays = reader.Whole("RETENTION_DAYS"),
        JournalRetentionDays = reader.Whole("JOURNAL_RETENTION_DAYS"),
        Replies = replying.IsRehearsal ? "rehearsal" : replying.Model,
        Delivery = recordOnly ? "record" : "send",
    };

    /// <summary>A default that depends on other settings is shown as what came of it.</summary>
    private static LullSettings Effective(LullSettings settings)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["MESSAGE_BATCH_MAX_WAIT"] = settings.Window.With(null).MaxWait.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            ["RATE_LIMIT_PER_SENDER"] = settings.Receiving.RateLimitPerSender?.ToString(CultureInfo.InvariantCulture) ?? "none",
            ["DELIVERY"] = settings.Operating.Delivery,
        };
        if (settings.Storage.Postgres is { } postgres)
        {
            values["DATABASE_URL"] = ConnectionText.Show(postgres.ConnectionString);
        }

        // What is shown here of a secret is what is none.
        return settings with
        {
            InForce = [.. settings.InForce.Select(setting => values.TryGetValue(setting.Name, out var value) ? setting with { Value = value, IsSecret = false } : setting)],
        };
    }

    private static int? RateFrom(SettingsReader reader, HostingOptions hosting) => reader.Text("RATE_LIMIT_PER_SENDER") is { } text
        ? SettingShapes.TryRate(text, out var rate) ? rate : null
        : hosting.ListensOnLoopback ? null : DefaultRate;
}
