using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lull.Operating.Telling;

/// <summary>Signs a webhook as Standard Webhooks has it: HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
internal static class AlertSignature
{
    private const string Encoded = "whsec_";

    /// <summary>The value of the header <c>webhook-signature</c>.</summary>
    public static string Of(string secret, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, KeyOf(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}.")));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }

    /// <exception cref="FormatException">A secret that begins with <c>whsec_</c> is no base64 after that.</exception>
    public static byte[] KeyOf(string secret)
        => secret.StartsWith(Encoded, StringComparison.Ordinal) ? Convert.FromBase64String(secret[Encoded.Length..]) : Encoding.UTF8.GetBytes(secret);
}
