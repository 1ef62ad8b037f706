using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Lull.Receiving.Proving;

/// <summary>Decides whether a webhook's sender knows one of the secrets. Pure; every comparison takes the same time wherever it differs.</summary>
/// <param name="app">Our app's signature; null where there is none.</param>
internal sealed class SenderProof(IReadOnlyList<string> secrets, AppSignature? app = null)
{
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string SharedSecret = "X-Webhook-Secret", Signature = "X-Webhook-Signature", HubSignature = "X-Hub-Signature-256", Timestamp = "X-Webhook-Timestamp";
    private const string StandardId = "webhook-id", StandardTimestamp = "webhook-timestamp", StandardSignature = "webhook-signature";

    private readonly WebhookKey[] _keys = [.. secrets.Select(secret => new WebhookKey(secret))];

    public bool IsAsked => _keys.Length > 0 || app is { IsAsked: true };

    /// <summary>One valid proof is enough. With none, the cause of the first proof that was tried.</summary>
    public ProofVerdict Judge(in WebhookEvidence evidence)
    {
        if (!IsAsked)
        {
            return ProofVerdict.NotAsked;
        }

        ReadOnlySpan<ProofVerdict> verdicts =
        [
            app?.Judge(evidence) ?? ProofVerdict.Missing,
            Shared(evidence.Headers[SharedSecret]),
            Bearer(evidence.Headers.Authorization),
            Hashed(evidence, Signature),
            Hashed(evidence, HubSignature),
            Standard(evidence),
            Shared(evidence.BodySecret),
            Shared(evidence.QuerySecret),
        ];
        var cause = ProofVerdict.Missing;
        foreach (var verdict in verdicts)
        {
            if (verdict is ProofVerdict.Proven or ProofVerdict.Signed)
            {
                return verdict;
            }

            cause = cause == ProofVerdict.Missing ? verdict : cause;
        }

        return cause;
    }

    private ProofVerdict Shared(StringValues given)
    {
        var verdict = ProofVerdict.Missing;
        foreach (var value in given)
        {
            if (string.IsNullOrEmpty(value))
            {
                continue;
            }

            if (Knows(value))
            {
                return ProofVerdict.Proven;
            }

            verdict = ProofVerdict.WrongSecret;
        }

        return verdict;
    }

    private ProofVerdict Bearer(StringValues authorization)
    {
        const string Scheme = "Bearer ";
        var header = authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Shared(header[Scheme.Length..].Trim()) : ProofVerdict.Missing;
    }

    private bool Knows(string given)
    {
        // Hashed first, so that not even the secret's length can be timed.
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(given), digest);
        var known = false;
        foreach (var key in _keys)
        {
            known |= CryptographicOperations.FixedTimeEquals(digest, key.Digest);
        }

        return known;
    }

    private ProofVerdict Hashed(in WebhookEvidence evidence, string headerName)
    {
        const string Algorithm = "sha256=";
        var header = evidence.Headers[headerName].ToString().AsSpan().Trim();
        if (header.IsEmpty)
        {
            return ProofVerdict.Missing;
        }

        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        if (!header.StartsWith(Algorithm, StringComparison.OrdinalIgnoreCase) || !IsHex(header[Algorithm.Length..], given))
        {
            return ProofVerdict.Unreadable;
        }

        var timestamp = evidence.Headers[Timestamp].ToString();
        if (timestamp.Length > 0 && !IsFresh(timestamp, evidence.Now))
        {
            return ProofVerdict.Stale;
        }

        var prefix = timestamp.Length > 0 ? timestamp + "." : "";
        var matches = false;
        foreach (var key in _keys)
        {
            matches |= Matches(key.Plain, prefix, evidence.Body, given);
        }

        return matches ? ProofVerdict.Proven : ProofVerdict.WrongSignature;
    }

    /// <summary>The scheme of standardwebhooks.com: HMAC-SHA256 over <c>id.timestamp.body</c>, any of a list of signatures.</summary>
    private ProofVerdict Standard(in WebhookEvidence evidence)
    {
        var signatures = evidence.Headers[StandardSignature].ToString();
        if (signatures.Length == 0)
        {
            return ProofVerdict.Missing;
        }

        var id = evidence.Headers[StandardId].ToString();
        var timestamp = evidence.Headers[StandardTimestamp].ToString();
        if (id.Length == 0)
        {
            return ProofVerdict.Unreadable;
        }

        return IsFresh(timestamp, evidence.Now) ? AnyOf(signatures, $"{id}.{timestamp}.", evidence.Body) : ProofVerdict.Stale;
    }

    private ProofVerdict AnyOf(string signatures, string prefix, ReadOnlySpan<byte> body)
    {
        const string Version = "v1,";
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        var verdict = ProofVerdict.Unreadable;
        foreach (var range in signatures.AsSpan().Split(' '))
        {
            var signature = signatures.AsSpan(range);
            if (!signature.StartsWith(Version, StringComparison.Ordinal)
                || !Convert.TryFromBase64Chars(signature[Version.Length..], given, out var length) || length != given.Length)
            {
                continue;
            }

            verdict = ProofVerdict.WrongSignature;
            foreach (var key in _keys)
            {
                if (Matches(key.Standard, prefix, body, given))
                {
                    return ProofVerdict.Proven;
                }
            }
        }

        return verdict;
    }

    private static bool Matches(byte[] key, string prefix, ReadOnlySpan<byte> body, ReadOnlySpan<byte> given)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(prefix));
        hmac.AppendData(body);
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        hmac.GetHashAndReset(expected);
        return CryptographicOperations.FixedTimeEquals(expected, given);
    }

    private static bool IsHex(ReadOnlySpan<char> text, Span<byte> bytes)
        => text.Length == 2 * bytes.Length && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;

    private static bool IsFresh(string timestamp, DateTimeOffset now)
        => long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= now.ToUnixTimeSeconds() + (long)Tolerance.TotalSeconds
            && seconds >= now.ToUnixTimeSeconds() - (long)Tolerance.TotalSeconds;
}

/// <summary>One secret in the forms it is used in.</summary>
internal sealed class WebhookKey(string secret)
{
    private const string Base64Prefix = "whsec_";

    public byte[] Plain { get; } = Encoding.UTF8.GetBytes(secret);

    public byte[] Digest { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>The key of Standard Webhooks: base64 after <c>whsec_</c>, else the text itself.</summary>
    public byte[] Standard { get; } = StandardKey(secret);

    private static byte[] StandardKey(string secret)
    {
        var encoded = secret.StartsWith(Base64Prefix, StringComparison.Ordinal) ? secret[Base64Prefix.Length..] : "";
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) && length > 0 ? bytes[..length] : Encoding.UTF8.GetBytes(secret);
    }
}
