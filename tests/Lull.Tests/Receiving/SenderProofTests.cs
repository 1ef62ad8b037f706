using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lull.Receiving.Proving;
using Microsoft.AspNetCore.Http;

namespace Lull.Tests.Receiving;

public sealed class SenderProofTests
{
    private const string Secret = "first-secret", Next = "second-secret", Standard = "whsec_c3RhbmRhcmQtc2VjcmV0LWtleQ==";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Body = """{"contact_id":"c"}"""u8.ToArray();
    private static readonly SenderProof Proof = new([Secret, Next, Standard]);

    [Theory]
    [InlineData("X-Webhook-Secret", Secret, nameof(ProofVerdict.Proven))]
    [InlineData("X-Webhook-Secret", Next, nameof(ProofVerdict.Proven))]
    [InlineData("X-Webhook-Secret", "first-secret ", nameof(ProofVerdict.WrongSecret))]
    [InlineData("X-Webhook-Secret", "", nameof(ProofVerdict.Missing))]
    [InlineData("Authorization", "Bearer first-secret", nameof(ProofVerdict.Proven))]
    [InlineData("Authorization", "bearer second-secret", nameof(ProofVerdict.Proven))]
    [InlineData("Authorization", "Bearer other", nameof(ProofVerdict.WrongSecret))]
    [InlineData("Authorization", "Bearer ", nameof(ProofVerdict.Missing))]
    [InlineData("Authorization", "Basic first-secret", nameof(ProofVerdict.Missing))]
    [InlineData("X-Webhook-Signature", "sha256=", nameof(ProofVerdict.Unreadable))]
    [InlineData("X-Webhook-Signature", "sha256=zz", nameof(ProofVerdict.Unreadable))]
    [InlineData("X-Webhook-Signature", "N/A", nameof(ProofVerdict.Unreadable))]
    public void One_header_decides(string name, string value, string verdict)
        => Assert.Equal(verdict, Judge((name, value)).ToString());

    [Fact]
    public void Nothing_proves_nothing() => Assert.Equal(ProofVerdict.Missing, Judge());

    [Fact]
    public void Without_a_secret_nothing_is_asked() => Assert.Equal(ProofVerdict.NotAsked, Judge(new([]), null, null));

    [Theory]
    [InlineData("X-Webhook-Signature")]
    [InlineData("X-Hub-Signature-256")]
    public void The_body_is_signed_with_any_of_the_secrets(string header)
    {
        Assert.Equal(ProofVerdict.Proven, Judge((header, "sha256=" + Hex(Secret, "", Body))));
        Assert.Equal(ProofVerdict.Proven, Judge((header, "SHA256=" + Hex(Next, "", Body).ToUpperInvariant())));
        Assert.Equal(ProofVerdict.WrongSignature, Judge((header, "sha256=" + Hex("third", "", Body))));
        Assert.Equal(ProofVerdict.WrongSignature, Judge((header, "sha256=" + Hex(Secret, "", [.. Body, 32]))));
    }

    [Theory]
    [InlineData(0, nameof(ProofVerdict.Proven))]
    [InlineData(-300, nameof(ProofVerdict.Proven))]
    [InlineData(300, nameof(ProofVerdict.Proven))]
    [InlineData(-301, nameof(ProofVerdict.Stale))]
    [InlineData(301, nameof(ProofVerdict.Stale))]
    public void A_signed_timestamp_holds_for_five_minutes(int seconds, string verdict)
    {
        var timestamp = (Now.ToUnixTimeSeconds() + seconds).ToString(CultureInfo.InvariantCulture);

        Assert.Equal(verdict, Judge(("X-Webhook-Timestamp", timestamp), ("X-Webhook-Signature", "sha256=" + Hex(Secret, timestamp + ".", Body))).ToString());
    }

    [Fact]
    public void A_timestamp_that_is_not_signed_proves_nothing()
    {
        var timestamp = Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

        Assert.Equal(ProofVerdict.WrongSignature, Judge(("X-Webhook-Timestamp", timestamp), ("X-Webhook-Signature", "sha256=" + Hex(Secret, "", Body))));
        Assert.Equal(ProofVerdict.Stale, Judge(("X-Webhook-Timestamp", "soon"), ("X-Webhook-Signature", "sha256=" + Hex(Secret, "soon.", Body))));
    }

    [Theory]
    [InlineData(0, Standard, nameof(ProofVerdict.Proven))]
    [InlineData(0, Secret, nameof(ProofVerdict.Proven))]
    [InlineData(0, "another", nameof(ProofVerdict.WrongSignature))]
    [InlineData(-301, Standard, nameof(ProofVerdict.Stale))]
    [InlineData(301, Standard, nameof(ProofVerdict.Stale))]
    public void Standard_webhooks_are_understood(int seconds, string secret, string verdict)
    {
        var timestamp = (Now.ToUnixTimeSeconds() + seconds).ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToBase64String(Hmac(StandardKey(secret), $"msg_1.{timestamp}.", Body));

        Assert.Equal(verdict, Judge(("webhook-id", "msg_1"), ("webhook-timestamp", timestamp), ("webhook-signature", $"v1a,x v1,{signature}")).ToString());
    }

    [Theory]
    [InlineData("v1,not base64", "msg_1", nameof(ProofVerdict.Unreadable))]
    [InlineData("v1,YWJj", "msg_1", nameof(ProofVerdict.Unreadable))]
    [InlineData("v2,YWJj", "msg_1", nameof(ProofVerdict.Unreadable))]
    [InlineData("v1,YWJj", "", nameof(ProofVerdict.Unreadable))]
    public void Standard_webhooks_in_another_form_prove_nothing(string signature, string id, string verdict)
        => Assert.Equal(verdict, Judge(("webhook-id", id), ("webhook-timestamp", Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)), ("webhook-signature", signature)).ToString());

    [Fact]
    public void A_missing_timestamp_is_a_stale_one()
        => Assert.Equal(ProofVerdict.Stale, Judge(("webhook-id", "msg_1"), ("webhook-signature", "v1,YWJj")));

    [Fact]
    public void The_body_and_the_address_may_bring_the_secret()
    {
        Assert.Equal(ProofVerdict.Proven, Judge(Proof, bodySecret: Secret, querySecret: null));
        Assert.Equal(ProofVerdict.Proven, Judge(Proof, bodySecret: null, querySecret: Next));
        Assert.Equal(ProofVerdict.WrongSecret, Judge(Proof, bodySecret: "x", querySecret: "y"));
    }

    [Fact]
    public void One_valid_proof_among_false_ones_is_enough()
        => Assert.Equal(ProofVerdict.Proven, Judge(("Authorization", "Bearer wrong"), ("X-Hub-Signature-256", "x"), ("X-Webhook-Secret", Next)));

    [Theory]
    [InlineData("""{"customData":{"a":1,"secret":"s1"}}""", false, "s1")]
    [InlineData("""{"a":{"customData":{"secret":"no"}},"b":[{}],"customData":{"x":{"secret":"no"},"s\u0065cret":"s\u00311"}}""", false, "s11")]
    [InlineData("""{"customData":{"secret":7}}""", false, "7")]
    [InlineData("""{"customData":{"secret":null}}""", false, null)]
    [InlineData("""{"customData":"secret"}""", false, null)]
    [InlineData("""{"customData":{"secret":"s""", false, null)]
    [InlineData("""["customData"]""", false, null)]
    [InlineData("a=1&customData%5Bsecret%5D=s+1&b=2", true, "s 1")]
    [InlineData("customData.secret=s1", true, "s1")]
    [InlineData("customData=s1", true, null)]
    public void The_secret_in_a_body_is_found_and_cut_out(string body, bool form, string? secret)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var media = form ? Lull.Receiving.WebhookMedia.Form : Lull.Receiving.WebhookMedia.Json;

        var found = BodySecret.Find(bytes, media);

        Assert.Equal(secret, found?.Value);
        if (found is not null)
        {
            var clean = Encoding.UTF8.GetString(new SecretMask([]).Clean(bytes, found, media).Span);
            Assert.Equal("[removed]", BodySecret.Find(Encoding.UTF8.GetBytes(clean), media)?.Value);
        }
    }

    [Fact]
    public void A_configured_secret_is_masked_wherever_it_stands()
    {
        var mask = new SecretMask(["se\"cret/1"]);

        var clean = Encoding.UTF8.GetString(mask.Clean("""{"a":"se\u0022cret/1","url":"?secret=se%22cret%2F1","b":"se"}"""u8.ToArray(), null, Lull.Receiving.WebhookMedia.Json).Span);

        Assert.Equal("""{"a":"[removed]","url":"?secret=[removed]","b":"se"}""", clean);
    }

    private static ProofVerdict Judge(params (string Name, string Value)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            dictionary[name] = value;
        }

        return Proof.Judge(new() { Body = Body, Headers = dictionary, Now = Now });
    }

    private static ProofVerdict Judge(SenderProof proof, string? bodySecret, string? querySecret)
        => proof.Judge(new() { Body = Body, Headers = new HeaderDictionary(), BodySecret = bodySecret, QuerySecret = querySecret, Now = Now });

    private static byte[] StandardKey(string secret)
        => secret.StartsWith("whsec_", StringComparison.Ordinal) ? Convert.FromBase64String(secret["whsec_".Length..]) : Encoding.UTF8.GetBytes(secret);

    private static byte[] Hmac(byte[] key, string prefix, byte[] body) => HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes(prefix), .. body]);

    private static string Hex(string secret, string prefix, byte[] body) => Convert.ToHexStringLower(Hmac(Encoding.UTF8.GetBytes(secret), prefix, body));
}
