using Lull.Operating.Endpoints;

namespace Lull.Operating.Telling;

/// <summary>What is posted to <c>ALERT_URL</c>.</summary>
internal sealed record Alert
{
    public string Type { get; init; } = "lull.attention";
    public required DateTimeOffset Timestamp { get; init; }
    public required AttentionEntry Data { get; init; }

    public static Alert Of(AttentionItem item)
        => new() { Timestamp = item.LastAt, Data = new(item.Id, item.Cause, item.Text, item.Count, item.FirstAt, item.LastAt) };
}
