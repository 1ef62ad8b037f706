using NSec.Cryptography;

namespace Lull.Receiving.Proving;

/// <summary>
/// GHL's proof for the webhooks of a marketplace app: Ed25519 over the raw body (GHL's Webhook Integration Guide). Its key is the same for all apps, so that the signature alone says
/// only that GHL sent it; that it is for us says the <c>appId</c> in it. Pure.
/// </summary>
/// <param name="appId">Our app; null = none, and nothing is proven by such a signature.</param>
/// <param name="keys">32 bytes each; several while GHL changes its key.</param>
internal sealed class AppSignature(string? appId, IReadOnlyList<byte[]> keys)
{
    public const string Header = "X-GHL-Signature";

    // What GHL's own sample code takes for "not signed".
    private const string NotSigned = "N/A";

    private readonly PublicKey[] _keys = [.. keys.Select(key => PublicKey.Import(SignatureAlgorithm.Ed25519, key, KeyBlobFormat.RawPublicKey))];

    public bool IsAsked => appId is not null;

    public ProofVerdict Judge(in WebhookEvidence evidence)
    {
        var header = evidence.Headers[Header].ToString().AsSpan().Trim();
        if (!IsAsked || header.IsEmpty || header.SequenceEqual(NotSigned))
        {
            return ProofVerdict.Missing;
        }

        Span<byte> signature = stackalloc byte[SignatureAlgorithm.Ed25519.SignatureSize];
        if (!Convert.TryFromBase64Chars(header, signature, out var length) || length != signature.Length)
        {
            return ProofVerdict.Unreadable;
        }

        foreach (var key in _keys)
        {
            if (SignatureAlgorithm.Ed25519.Verify(key, evidence.Body, signature))
            {
                return AppEnvelope.Read(evidence.Body).AppId == appId ? ProofVerdict.Signed : ProofVerdict.OtherApp;
            }
        }

        return ProofVerdict.WrongSignature;
    }
}
