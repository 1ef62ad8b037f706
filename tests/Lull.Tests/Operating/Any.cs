namespace Lull.Tests.Operating;

/// <summary>Values that a test does not care to spell out.</summary>
internal static class Any
{
    private static readonly DateTimeOffset Noon = OperatingServer.Start;

    public static BurstMessage Message(string text, DateTimeOffset? at = null) => new(MessageId.FirstOf(at ?? Noon), text, at ?? Noon, null, []);

    public static BurstView Burst(string contact, DateTimeOffset? last = null) => new(
        $"batch_{contact}_1767268800", new("default", contact), new("SMS", null), last ?? Noon, last ?? Noon, [Message("Hi there", last)],
        (last ?? Noon).AddSeconds(30), "waiting", null, true);

    public static EndedBatch Ended(long position, string contact, string reason = "refused: content filter", DateTimeOffset? at = null) => new(
        position, $"batch_{contact}_{position}", new("default", contact), reason, "an operator's retry", at ?? Noon.AddMinutes(-10), [Message("Hi there")], null);

    public static AttentionItem Attention(long id, string cause = "fault:model") => new(id, cause, "The model refuses the key.", Noon.AddMinutes(-5), Noon, 4);
}
