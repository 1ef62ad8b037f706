using Lull.Hosting.Crashing;
using Lull.Receiving.Proving;
using static Lull.Hosting.Settings.SettingKind;

namespace Lull.Hosting.Settings;

/// <summary>Every setting there is. <c>env.example</c> and <c>docs/configuration.md</c> are held to this table by a test.</summary>
internal static class SettingCatalogue
{
    private const int Hour = 3_600, Day = 86_400;

    public static IReadOnlyList<SettingSection> Sections { get; } =
    [
        new("Where Lull listens",
        [
            new("HOST", Text, "127.0.0.1", "The address to listen on; anything but loopback is reachable by others and needs the two secrets below.")
            {
                Format = "an IP address, localhost, * for all addresses, or a host name of this machine",
            },
            new("PORT", Number, "5000", "The port to listen on; 0 takes any free one.") { Max = 65_535 },
            new("PUBLIC_URL", Url, "", "The address others use to reach Lull, shown in links.") { DefaultNote = "the address listened on" },
            new("TRUSTED_PROXIES", List, "", "The reverse proxies whose X-Forwarded-* headers are believed.")
            {
                DefaultNote = "none",
                Format = "comma-separated IP addresses or networks, for example 10.0.0.5, 172.16.0.0/12",
                IsValid = SettingShapes.AreNetworks,
            },
        ]),
        new("Who may send and who may operate",
        [
            new("WEBHOOK_SECRET", List, "", "What a webhook must prove it knows; several, comma-separated, while you rotate.")
            {
                IsSecret = true,
                DefaultNote = "none: only this machine can send webhooks",
                Format = "comma-separated secrets of at least 8 characters; one that starts with whsec_ is base64 after that",
                IsValid = SettingShapes.AreWebhookSecrets,
            },
            new("GHL_APP_ID", Text, "", "Your GoHighLevel marketplace app, whose signed webhooks are taken.")
            {
                DefaultNote = "none: no signature of GoHighLevel's proves anything",
                Format = "the app's id, 1–256 bytes without control characters: the part of the client id before the dash",
                IsValid = ConversationId.IsValidPart,
            },
            new("GHL_WEBHOOK_PUBLIC_KEYS", List, AppKeys.Published, "GoHighLevel's public keys for those signatures; the default is the published one.")
            {
                Format = "comma-separated Ed25519 keys: base64 of the SubjectPublicKeyInfo, or the path of a PEM file",
                IsValid = text => SettingShapes.Split(text) is { Count: > 0 } parts && parts.All(part => AppKeys.Read(part) is not null),
            },
            new("ADMIN_TOKEN", List, "", "The bearer token of the operator's endpoints; several, comma-separated, while you rotate.")
            {
                IsSecret = true,
                DefaultNote = "none: only this machine can operate Lull",
                Format = "comma-separated tokens of visible ASCII characters without spaces",
                IsValid = SettingShapes.AreTokens,
            },
            new("ALLOW_INSECURE", Switch, "false", "Starts without those secrets on an address that others can reach."),
            new("CORS_ORIGINS", List, "", "The web origins whose pages may call Lull.")
            {
                DefaultNote = "none; on a loopback address every loopback origin",
                Format = "comma-separated origins without a path, for example https://app.example.com",
                IsValid = SettingShapes.AreOrigins,
            },
            new("RATE_LIMIT_PER_SENDER", Text, "", "Webhooks a second taken from one sender; more get 429.")
            {
                DefaultNote = "100, and no limit on a loopback address",
                Format = "a whole number from 1 to 100000 (a second), or none",
                IsValid = text => SettingShapes.TryRate(text, out _),
            },
        ]),
        new("The store",
        [
            new("DATABASE_URL", Text, "", "The PostgreSQL database that any number of nodes share.")
            {
                IsSecret = true,
                DefaultNote = "none: SQLite, in DATA_DIR",
                Format = "postgresql://user:password@host:5432/database?sslmode=require, or Host=…;Username=…;Password=…;Database=… as Npgsql takes it",
            },
            new("DATABASE_SCHEMA", Text, "lull", "The schema of Lull's tables in that database; the nodes' own are in the same with _cluster behind it.")
            {
                Format = "at most 55 lower-case letters, digits and _, not starting with a digit or pg_, and neither public nor information_schema",
                IsValid = SettingShapes.IsSchema,
            },
            new("DATA_DIR", Text, "./data", "The folder of the SQLite file lull.db, made with mode 0700 where it is missing."),
            new("ALLOW_EPHEMERAL_STORE", Switch, "false", "Starts with SQLite on a platform whose disk does not outlive a deploy (Render, Railway, Heroku)."),
            new("RETENTION_DAYS", Number, "365", "Days that messages and replies are kept; 0 keeps them for ever.") { Max = 36_500 },
            new("JOURNAL_RETENTION_DAYS", Number, "30", "Days that other events are kept; 0 keeps them for ever.") { Max = 36_500 },
        ]),
        new("Several nodes",
        [
            new("CLUSTER_ADDRESS", Text, "", "This node's address as the other nodes reach it; needs DATABASE_URL.")
            {
                DefaultNote = "none: nodes on one database share the work through it alone",
                Format = "an IP address or a host name of this node that can be resolved, and that the other nodes reach",
                IsValid = SettingShapes.IsNodeAddress,
            },
            new("CLUSTER_PORT", Number, "11111", "The port on which this node talks to the others, once CLUSTER_ADDRESS is set; never one for the public.") { Min = 1, Max = 65_535 },
            new("CLUSTER_LISTEN_PORT", Number, "0", "The port that this node itself listens on for them, where a port mapping gives the others another one; 0 = CLUSTER_PORT.") { Min = 0, Max = 65_535 },
            new("CLUSTER_ID", Text, "lull", "The cluster's name; nodes with another one on the same database know nothing of it.")
            {
                Format = "at most 100 letters, digits, dots, _ and -",
                IsValid = SettingShapes.IsClusterId,
            },
        ]),
        new("When a burst is answered",
        [
            new("MESSAGE_BATCH_WAIT_TIME", Number, "30", "Seconds of silence after the last message before the burst is answered.")
            {
                Min = BurstWindowSettings.MinWaitSeconds,
                Max = BurstWindowSettings.MaxWaitSeconds,
            },
            new("MESSAGE_BATCH_MAX_WAIT", Number, "", "Seconds from the first message after which the burst is answered though the contact still writes.")
            {
                Min = 1,
                Max = Hour,
                DefaultNote = "4 × the wait time; never effective below the wait time",
            },
            new("MESSAGE_BATCH_MAX_MESSAGES", Number, "50", "A burst of this many messages is answered at once.") { Min = 1, Max = 500 },
            new("STALE_AFTER", Duration, "6h", "A burst that could not be answered until this long after it was due is held for you to release or drop.") { Min = 60, Max = 30 * Day },
        ]),
        new("The model",
        [
            new("OPENAI_API_KEY", Text, "", "The key of OpenAI or of a compatible server; key or base URL set = replies come from the model.")
            {
                IsSecret = true,
                DefaultNote = "none: the rehearsal writer, whose replies are never sent",
                Format = "visible ASCII characters without spaces",
                IsValid = SettingShapes.IsToken,
            },
            new("OPENAI_BASE_URL", Url, "", "The server that takes POST {base}/chat/completions, including /v1.") { DefaultNote = "OpenAI's own" },
            new("OPENAI_MODEL", Text, "gpt-4o-mini", "The model's name."),
            new("OPENAI_SYSTEM_PROMPT", Text, "", "The instructions given to the model.") { DefaultNote = "a neutral assistant for short messages" },
            new("PROMPTS_FILE", Text, "", "A YAML file of instructions by lead source, location and channel; instead of OPENAI_SYSTEM_PROMPT.")
            {
                DefaultNote = "none",
                Format = "the path of a file that exists",
                IsValid = File.Exists,
            },
            new("REPLY_HISTORY_MESSAGES", Number, "20", "Earlier messages given to the model as context.") { Max = 200 },
            new("PROMPT_MAX_CHARS", Number, "24000", "The longest prompt in characters; the oldest history is dropped first.") { Min = 1_000, Max = 1_000_000 },
            new("MESSAGE_MAX_CHARS", Number, "4000", "A longer message is stored whole and cut in the prompt, marked as cut.") { Min = 100, Max = 100_000 },
            new("REPLY_MAX_TOKENS", Number, "300", "The longest reply in tokens.") { Min = 1, Max = 32_000 },
            new("REPLY_TIMEOUT", Duration, "60s", "How long one model call may take.") { Min = 1, Max = 600 },
            new("MAX_CONCURRENT_REPLIES", Number, "50", "Model calls at a time; further due bursts wait, first due first.") { Min = 1, Max = 1_000 },
            new("MODEL_TOKENS_PER_DAY", Number, "", "Tokens a day, retries counted; once spent, bursts are held and you are told.")
            {
                Min = 1,
                Max = 1_000_000_000_000,
                DefaultNote = "no limit",
            },
        ]),
        new("Delivery",
        [
            new("GHL_API_KEY", Text, "", "GoHighLevel's private integration token; needs GHL_LOCATION_ID.")
            {
                IsSecret = true,
                DefaultNote = "none: replies are recorded, not sent",
                Format = "visible ASCII characters without spaces",
                IsValid = SettingShapes.IsToken,
            },
            new("GHL_LOCATION_ID", Text, "", "The GoHighLevel sub-account that is answered; needs GHL_API_KEY.")
            {
                DefaultNote = "none",
                Format = "1–256 bytes without control characters",
                IsValid = ConversationId.IsValidPart,
            },
            new("DELIVERY", Choice, "", "record does everything but the send.")
            {
                Choices = ["send", "record"],
                DefaultNote = "send when the model and GoHighLevel are both set, else record",
            },
            new("GHL_BASE_URL", Url, "https://services.leadconnectorhq.com", "GoHighLevel's address, for tests and proxies.")
            {
                Format = "an https:// URL, or http:// to a loopback address",
                IsValid = SettingShapes.IsSafeUrl,
            },
            new("PAUSED", Switch, "false", "Starts with all sending stopped, until POST /resume."),
        ]),
        new("Telling the operator",
        [
            new("ALERT_URL", Url, "", "Takes a signed POST when you should know of something, at most one per cause in 15 minutes.")
            {
                DefaultNote = "none: a warning line, a metric and GET /attention tell you",
                Format = "an https:// URL, or http:// to a loopback address",
                IsValid = SettingShapes.IsSafeUrl,
            },
            new("ALERT_SECRET", Text, "", "Signs those alerts (Standard Webhooks).")
            {
                IsSecret = true,
                DefaultNote = "none: alerts are not signed",
                Format = "one secret of at least 8 characters; one that starts with whsec_ is base64 after that",
                IsValid = SettingShapes.IsWebhookSecret,
            },
            new("LOG_LEVEL", Choice, "Information", "The least level that is logged; Debug gives one line of decision per webhook, Trace the messages' text.")
            {
                Choices = ["Trace", "Debug", "Information", "Warning", "Error", "Critical"],
            },
            new("LOG_FORMAT", Choice, "text", "json writes one JSON object a line for log collectors.") { Choices = ["text", "json"] },
        ]),
        new("The process",
        [
            new("SHUTDOWN_TIMEOUT", Duration, "25s", "How long running sends may take once the process is asked to stop.") { Min = 1, Max = 600 },
            new("LULL_CLOCK_SPEED", Number, "1", "For tests only: how many times as fast as real time Lull's clock runs.") { Min = 1, Max = 1_000 },
            new("LULL_CLOCK_SINCE", Text, "", "For tests only: when the faster clock showed the real time; the same for processes that share a database.")
            {
                DefaultNote = "the process's start",
                Format = "a UTC instant such as 2026-01-01T12:00:00Z",
                IsValid = text => SettingShapes.TryInstant(text, out _),
            },
            new("LULL_CRASH_AT", List, "", "For tests only: the steps at which the process kills itself.")
            {
                DefaultNote = "nowhere",
                Format = "comma-separated crash points such as claim:before, fence.send:after:2 or save-reply:throws@ann",
                IsValid = text => SettingShapes.Split(text).All(part => CrashPoint.TryParse(part, out _)),
            },
        ]),
    ];

    public static IReadOnlyList<Setting> All { get; } = [.. Sections.SelectMany(section => section.Settings)];

    public static Setting Find(string name) => All.First(setting => setting.Name == name);
}

/// <summary>Settings that belong together, in the order of <c>env.example</c>.</summary>
internal sealed record SettingSection(string Title, IReadOnlyList<Setting> Settings);
