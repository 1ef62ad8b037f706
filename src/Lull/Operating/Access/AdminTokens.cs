using System.Security.Cryptography;
using System.Text;

namespace Lull.Operating.Access;

/// <summary>The operator's tokens, kept as digests only.</summary>
internal sealed class AdminTokens(IEnumerable<string> tokens)
{
    private const string Scheme = "Bearer ";

    private readonly byte[][] _digests = [.. tokens.Where(token => token.Length > 0).Select(Digest)];

    /// <summary>True when none is configured.</summary>
    public bool IsEmpty => _digests.Length == 0;

    /// <summary>True when the header <c>Authorization</c> names one of the tokens; takes as long for a wrong one as for a right one.</summary>
    public bool Accepts(string? authorization)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var presented = Digest(authorization[Scheme.Length..].Trim());
        var accepted = false;
        foreach (var digest in _digests)
        {
            accepted |= CryptographicOperations.FixedTimeEquals(digest, presented);
        }

        return accepted;
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
