namespace Lull.Receiving.Dialects;

/// <summary>
/// The fields of an app's event, wherever they stand: at the root, or else under <c>data</c>. A field of another kind than expected counts as missing (<c>from</c> and <c>to</c> may be <c>{}</c>).
/// </summary>
internal readonly struct AppFields(WebhookObject root)
{
    private readonly WebhookObject? _data = root.AnyObject("data");

    public string? Type => Valid(Loose("type"));

    public string? Id(params ReadOnlySpan<string> names) => Valid(Loose(names));

    public string? Loose(params ReadOnlySpan<string> names) => root.Loose(names) ?? _data?.Loose(names);

    public IReadOnlyList<string>? List(string name, bool split) => root.List(name, split) ?? _data?.List(name, split);

    private static string? Valid(string? id) => ConversationId.IsValidPart(id) ? id : null;
}
