namespace Lull.Storage.Ledger;

/// <summary>The name of a batch that operators see: <c>batch_{contact}_{seconds of the first message}</c>, made unique where a second has two.</summary>
internal static class BatchNames
{
    /// <summary>How every name of a burst begins.</summary>
    public static string First(ConversationId id, DateTimeOffset firstAt) => $"batch_{id.Contact}_{firstAt.ToUnixTimeSeconds()}";

    /// <summary>The first name that is free.</summary>
    public static string Free(ConversationId id, DateTimeOffset firstAt, long firstId, Predicate<string> isTaken)
    {
        var first = First(id, firstAt);
        var name = first;
        for (var again = 1; isTaken(name); again++)
        {
            // Given back and claimed again, the same messages need a third name, and a fourth.
            name = again == 1 ? $"{first}_{firstId:x}" : $"{first}_{firstId:x}_{again}";
        }

        return name;
    }
}
