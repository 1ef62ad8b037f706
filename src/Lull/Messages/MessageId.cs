using System.Globalization;

namespace Lull.Messages;

/// <summary>The id of one stored webhook: grows with the order of storing, and carries the millisecond it was stored in.</summary>
internal readonly record struct MessageId(long Value) : IComparable<MessageId>
{
    private const string Prefix = "msg_";
    private const int SequenceBits = 20;

    /// <summary>The first id of a millisecond.</summary>
    public static MessageId FirstOf(DateTimeOffset instant) => new(instant.ToUnixTimeMilliseconds() << SequenceBits);

    /// <summary>The millisecond it was stored in, by the store's clock.</summary>
    public DateTimeOffset StoredAt => DateTimeOffset.FromUnixTimeMilliseconds(Value >> SequenceBits);

    /// <summary>Reads what <see cref="ToString"/> wrote; <c>0</c> is accepted as "before the first".</summary>
    public static bool TryParse(string? text, out MessageId id)
    {
        id = default;
        if (text == "0")
        {
            return true;
        }

        if (text is null || text.Length != Prefix.Length + 16 || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || !long.TryParse(text.AsSpan(Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        id = new(value);
        return value >= 0;
    }

    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);

    /// <summary><c>msg_</c> and sixteen hexadecimal digits.</summary>
    public override string ToString() => Prefix + Value.ToString("x16", CultureInfo.InvariantCulture);
}
