using System.Security.Cryptography;

namespace Lull.Receiving.Proving;

/// <summary>GHL's public keys, as an operator gives them: base64 of the SubjectPublicKeyInfo, or the path of a PEM file with one or more of them.</summary>
internal static class AppKeys
{
    /// <summary>GHL's published key (Webhook Integration Guide, copy of 2026-08-30).</summary>
    public const string Published = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=";

    // RFC 8410: SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING of 32 bytes }.
    private static readonly byte[] Prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    /// <summary>The raw keys of one part of the setting; null when there is none in it.</summary>
    public static IReadOnlyList<byte[]>? Read(string part) => Raw(part) is { } key ? [key] : FromFile(part);

    private static List<byte[]>? FromFile(string path)
    {
        try
        {
            List<byte[]> keys = [];
            var rest = File.ReadAllText(path).AsSpan();
            while (PemEncoding.TryFind(rest, out var fields))
            {
                if (Raw(rest[fields.Base64Data].ToString()) is not { } key)
                {
                    return null;
                }

                keys.Add(key);
                rest = rest[fields.Location.End..];
            }

            return keys.Count > 0 ? keys : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static byte[]? Raw(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) && length == Prefix.Length + 32 && bytes.AsSpan().StartsWith(Prefix)
            ? bytes[Prefix.Length..length]
            : null;
    }
}
