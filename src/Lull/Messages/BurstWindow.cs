namespace Lull.Messages;

/// <summary>The rule of when a burst ends. Pure: knows neither clock nor store.</summary>
/// <param name="Wait">Silence after the last message.</param>
/// <param name="MaxWait">The longest wait from the first message; never effective below <paramref name="Wait"/>.</param>
/// <param name="MaxMessages">A burst this long has ended at once.</param>
internal readonly record struct BurstWindow(TimeSpan Wait, TimeSpan MaxWait, int MaxMessages)
{
    /// <summary>When the burst ends if nothing more is said.</summary>
    /// <param name="first">Arrival of its first message.</param>
    /// <param name="last">Arrival of its last message, not before <paramref name="first"/>.</param>
    /// <param name="count">How many messages it holds, at least one.</param>
    public DateTimeOffset EndsAt(DateTimeOffset first, DateTimeOffset last, int count)
    {
        if (count >= MaxMessages)
        {
            return last;
        }

        var silence = last + Wait;
        var cap = CapAt(first);
        return silence < cap ? silence : cap;
    }

    /// <summary>The moment after which a burst is answered though the contact still writes.</summary>
    public DateTimeOffset CapAt(DateTimeOffset first) => first + (MaxWait > Wait ? MaxWait : Wait);
}
