using Microsoft.Net.Http.Headers;

namespace Lull.Receiving;

/// <summary>What a body is written in.</summary>
internal enum WebhookMedia
{
    Unsupported,
    Json,
    Form,

    /// <summary>A form in parts; kept and read as the <see cref="Form"/> it stands for.</summary>
    Multipart,
}

/// <summary>Tells the media types apart.</summary>
internal static class WebhookMedias
{
    private const string PlainJson = "application/json", PlainForm = "application/x-www-form-urlencoded", PartedForm = "multipart/form-data";

    /// <summary>JSON and <c>+json</c> in UTF-8, or a form; a missing type is unsupported.</summary>
    public static WebhookMedia Of(string? contentType)
    {
        // What nearly every sender writes is not worth parsing.
        if (string.Equals(contentType, PlainJson, StringComparison.OrdinalIgnoreCase))
        {
            return WebhookMedia.Json;
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out var media) || !IsUtf8(media))
        {
            return WebhookMedia.Unsupported;
        }

        if (media.MediaType.Equals(PlainJson, StringComparison.OrdinalIgnoreCase)
            || (media.Type.Equals("application", StringComparison.OrdinalIgnoreCase) && media.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
        {
            return WebhookMedia.Json;
        }

        if (media.MediaType.Equals(PartedForm, StringComparison.OrdinalIgnoreCase))
        {
            return WebhookMedia.Multipart;
        }

        return media.MediaType.Equals(PlainForm, StringComparison.OrdinalIgnoreCase) ? WebhookMedia.Form : WebhookMedia.Unsupported;
    }

    private static bool IsUtf8(MediaTypeHeaderValue media) => !media.Charset.HasValue
        || HeaderUtilities.RemoveQuotes(media.Charset).Value is { } charset
        && (charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)
            || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase));
}
