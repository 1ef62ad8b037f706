using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lull.Messages;

/// <summary>One contact's conversation: a contact id is only ever looked up inside its location.</summary>
/// <param name="Location">The sub-account, or <c>default</c>.</param>
/// <param name="Contact">The contact's id inside the location.</param>
internal readonly record struct ConversationId(string Location, string Contact)
{
    /// <summary>The longest location or contact id, in bytes of UTF-8.</summary>
    public const int MaxPartBytes = 256;

    /// <summary>The location used when neither the webhook nor the settings name one.</summary>
    public const string DefaultLocation = "default";

    /// <summary>Stable 8-byte digest, the same on every node and after every restart. Two ids may share one; compare the parts where it matters.</summary>
    public long Hash
    {
        get
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes(ToString()), digest);
            return BinaryPrimitives.ReadInt64BigEndian(digest);
        }
    }

    /// <summary>True for 1–256 bytes of UTF-8 without control characters or lone surrogates.</summary>
    public static bool IsValidPart(string? part)
    {
        if (string.IsNullOrEmpty(part) || part.Length > MaxPartBytes || Encoding.UTF8.GetByteCount(part) > MaxPartBytes)
        {
            return false;
        }

        foreach (var rune in part.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || Rune.IsControl(rune))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string key, out ConversationId id)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == key.Length - 1)
        {
            id = default;
            return false;
        }

        id = new(Uri.UnescapeDataString(key[..slash]), Uri.UnescapeDataString(key[(slash + 1)..]));
        return IsValidPart(id.Location) && IsValidPart(id.Contact);
    }

    /// <summary><c>location/contact</c>, both percent-encoded: the grain's key and the id in logs.</summary>
    public override string ToString() => $"{Uri.EscapeDataString(Location)}/{Uri.EscapeDataString(Contact)}";
}
