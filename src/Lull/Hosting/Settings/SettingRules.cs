using System.Net;

namespace Lull.Hosting.Settings;

/// <summary>The rules between settings.</summary>
internal static class SettingRules
{
    private const int MinTokenLength = 16;

    /// <summary>Notes every violation in the reader.</summary>
    /// <param name="addresses">What <c>HOST</c> resolves to; empty when it does not.</param>
    public static void Check(SettingsReader reader, IReadOnlyList<IPAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            reader.Refuse("HOST", "an address or a name of this machine; this one cannot be resolved");
        }

        if (addresses.Any(address => !IPAddress.IsLoopback(address)))
        {
            CheckReachable(reader);
        }

        CheckPartners(reader);
        CheckDelivery(reader);
        StoreSettings.Check(reader);
    }

    /// <summary>True when replies leave for customers.</summary>
    public static bool Sends(SettingsReader reader) => reader.Text("DELIVERY") is { } delivery
        ? delivery.Equals("send", StringComparison.OrdinalIgnoreCase)
        : HasModel(reader) && HasGhl(reader);

    /// <summary>What is allowed but leaves a door less than closed.</summary>
    public static IEnumerable<string> Warnings(SettingsReader reader)
    {
        if (reader.Text("ALERT_URL") is not null && reader.IsMissing("ALERT_SECRET"))
        {
            yield return "ALERT_URL is set without ALERT_SECRET: alerts are sent unsigned, and their receiver cannot tell them from forged ones. Set ALERT_SECRET; lull init makes one";
        }

        if (reader.List("ADMIN_TOKEN").Any(token => token.Length < MinTokenLength))
        {
            yield return $"ADMIN_TOKEN has a token of fewer than {MinTokenLength} characters, which can be guessed; lull init makes one";
        }
    }

    private static void CheckReachable(SettingsReader reader)
    {
        if (reader.Whole("LULL_CLOCK_SPEED") > 1)
        {
            reader.Refuse("LULL_CLOCK_SPEED", "1 on an address that others can reach; the clock may run faster only on loopback, for tests");
        }

        if (reader.Text("LULL_CRASH_AT") is not null)
        {
            reader.Refuse("LULL_CRASH_AT", "nothing on an address that others can reach; a process may be made to die only on loopback, for tests");
        }

        if (reader.Switch("ALLOW_INSECURE"))
        {
            return;
        }

        if (reader.List("ADMIN_TOKEN").Any(token => token.Length < MinTokenLength))
        {
            reader.Refuse("ADMIN_TOKEN", $"tokens of at least {MinTokenLength} characters, because HOST={reader.Text("HOST")} can be reached by others; lull init makes one");
        }

        foreach (var name in (string[])["ADMIN_TOKEN", "WEBHOOK_SECRET"])
        {
            // A marketplace app's webhooks prove themselves.
            if (reader.IsMissing(name) && !(name == "WEBHOOK_SECRET" && reader.Text("GHL_APP_ID") is not null))
            {
                reader.Refuse(name, $"must be set, because HOST={reader.Text("HOST")} can be reached by others; paste the line below into .env, or listen on 127.0.0.1, or set ALLOW_INSECURE=true");
            }
        }
    }

    private static void CheckPartners(SettingsReader reader)
    {
        if (reader.Text("GHL_API_KEY") is not null && reader.IsMissing("GHL_LOCATION_ID"))
        {
            reader.Refuse("GHL_LOCATION_ID", "must be set, because GHL_API_KEY is; it is the sub-account's id");
        }

        if (reader.IsMissing("GHL_API_KEY") && reader.Text("GHL_LOCATION_ID") is not null)
        {
            reader.Refuse("GHL_API_KEY", "must be set, because GHL_LOCATION_ID is; it is the sub-account's private integration token");
        }

        if (reader.Text("OPENAI_SYSTEM_PROMPT") is not null && reader.Text("PROMPTS_FILE") is not null)
        {
            reader.Refuse("PROMPTS_FILE", "only without OPENAI_SYSTEM_PROMPT; keep one of the two");
        }
    }

    private static void CheckDelivery(SettingsReader reader)
    {
        if (!Sends(reader))
        {
            return;
        }

        if (!HasModel(reader))
        {
            reader.Refuse("DELIVERY", "record without a model, because rehearsed replies are never sent; set OPENAI_API_KEY or OPENAI_BASE_URL");
        }

        if (!HasGhl(reader))
        {
            reader.Refuse("DELIVERY", "record without GoHighLevel; set GHL_API_KEY and GHL_LOCATION_ID");
        }
    }

    private static bool HasModel(SettingsReader reader) => reader.Text("OPENAI_API_KEY") is not null || reader.Text("OPENAI_BASE_URL") is not null;

    private static bool HasGhl(SettingsReader reader) => reader.Text("GHL_API_KEY") is not null && reader.Text("GHL_LOCATION_ID") is not null;
}
