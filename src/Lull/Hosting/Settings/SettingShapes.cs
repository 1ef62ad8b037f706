using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Lull.Hosting.Settings;

/// <summary>The shapes of text that more than one setting asks for.</summary>
internal static partial class SettingShapes
{
    /// <summary>Non-empty parts between commas, trimmed.</summary>
    public static IReadOnlyList<string> Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) && url.Host.Length > 0;

    /// <summary>https, or http to this machine only, so that a token never crosses a network in clear.</summary>
    public static bool IsSafeUrl(string text) => IsUrl(text) && new Uri(text) is var url && (url.Scheme == Uri.UriSchemeHttps || url.IsLoopback);

    /// <summary>What an HTTP header can carry as one token.</summary>
    public static bool IsToken(string text) => text.All(c => c is > ' ' and < '\u007f');

    public static bool AreTokens(string text) => Split(text) is { Count: > 0 } parts && parts.All(IsToken);

    /// <summary>The least characters of a webhook's secret: a shorter one is guessed, and taken out of ordinary text where it happens to stand.</summary>
    public const int MinSecretLength = 8;

    public static bool IsWebhookSecret(string text)
    {
        const string Base64Prefix = "whsec_";
        var isBase64 = text.StartsWith(Base64Prefix, StringComparison.Ordinal);
        var secret = isBase64 ? text[Base64Prefix.Length..] : text;
        return secret.Length >= MinSecretLength && !secret.Any(char.IsControl) && (!isBase64 || IsBase64(secret));
    }

    public static bool AreWebhookSecrets(string text) => Split(text) is { Count: > 0 } parts && parts.All(IsWebhookSecret);

    public static bool AreOrigins(string text) => Split(text).All(part => IsUrl(part) && new Uri(part) is var url
        && url.GetLeftPart(UriPartial.Authority).Equals(part, StringComparison.OrdinalIgnoreCase) && url.UserInfo.Length == 0);

    public static bool AreNetworks(string text) => Split(text).All(part => TryNetwork(part, out _));

    /// <summary>An instant in UTC as Lull itself writes it, with or without milliseconds.</summary>
    public static bool TryInstant(string? text, out DateTimeOffset instant)
        => DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant);

    /// <summary>An address, or a network in CIDR form.</summary>
    public static bool TryNetwork(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            network = new(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }

    /// <summary><c>100</c> or <c>100/s</c>; <c>none</c> = no limit (null).</summary>
    public static bool TryRate(string text, out int? perSecond)
    {
        perSecond = null;
        if (text.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var digits = text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text;
        var isRate = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 100_000;
        perSecond = number;
        return isRate;
    }

    /// <summary>A URL as it may be shown: without user, password, query and fragment, any of which may hold a key.</summary>
    public static string WithoutSecrets(string url)
    {
        if (IsUrl(url))
        {
            return new Uri(url).GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        }

        // Not such a URL, but perhaps a mistyped one with a password in it.
        return url[(url.LastIndexOf('@') + 1)..].Split('?', '#')[0];
    }

    /// <summary>A schema of one's own: a name that needs no quotes, and room for <c>_cluster</c> behind it.</summary>
    public static bool IsSchema(string text) => Identifier().IsMatch(text) && text is not ("public" or "information_schema") && !text.StartsWith("pg_", StringComparison.Ordinal);

    public static bool IsClusterId(string text) => Label().IsMatch(text);

    /// <summary>One address that others can call; not one that stands for all of them.</summary>
    public static bool IsNodeAddress(string text)
        => ListeningAddress.Resolve(text) is { Count: > 0 } addresses && !addresses.Any(address => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    [GeneratedRegex(@"^[a-z_][a-z0-9_]{0,54}\z")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,100}\z")]
    private static partial Regex Label();

    private static bool IsBase64(string text) => text.Length > 0 && Convert.TryFromBase64String(text, new byte[text.Length], out _);
}
