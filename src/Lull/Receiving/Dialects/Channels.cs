namespace Lull.Receiving.Dialects;

/// <summary>The channels that can be answered, by all the names and numbers they arrive under.</summary>
internal static class Channels
{
    private const string WhatsApp = "WhatsApp", Facebook = "FB", Instagram = "IG", LiveChat = "Live_Chat";

    /// <summary>GHL's name for sending on the channel, or null when it is not answered (a call, a review, e-mail, anything unknown).</summary>
    public static string? Named(string name)
    {
        const string TypePrefix = "TYPE_";
        var plain = name.Trim();
        if (plain.StartsWith(TypePrefix, StringComparison.OrdinalIgnoreCase))
        {
            plain = plain[TypePrefix.Length..];
        }

        return plain.Replace(' ', '_').ToUpperInvariant() switch
        {
            "SMS" => Lane.DefaultChannel,
            "WHATSAPP" => WhatsApp,
            "FB" or "FACEBOOK" or "MESSENGER" => Facebook,
            "IG" or "INSTAGRAM" => Instagram,
            "LIVE_CHAT" or "LIVECHAT" or "WEBCHAT" or "WEB_CHAT" or "CHAT" => LiveChat,
            _ => null,
        };
    }

    /// <summary>The same for a number of GHL's message types, as its public API description orders them.</summary>
    public static string? Numbered(int type) => type switch
    {
        2 => Lane.DefaultChannel,
        5 or 29 => LiveChat,
        11 => Facebook,
        18 => Instagram,
        19 => WhatsApp,
        _ => null,
    };
}
