using System.Text;
using Lull.Receiving.Proving;
using Lull.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using NSec.Cryptography;

namespace Lull.Tests.Receiving;

/// <summary>GHL's signature for a marketplace app: Ed25519 over the raw bytes, and the event's own app.</summary>
public sealed class AppSignatureTests : IDisposable
{
    private const string App = "66b0c0ffee0000000000a000";

    private static readonly byte[] Body = Event(App);

    private readonly Key _key = Key.Create(SignatureAlgorithm.Ed25519), _next = Key.Create(SignatureAlgorithm.Ed25519), _strangers = Key.Create(SignatureAlgorithm.Ed25519);

    public void Dispose()
    {
        _key.Dispose();
        _next.Dispose();
        _strangers.Dispose();
    }

    [Fact]
    public void Signature_over_the_raw_bytes_proves_the_sender()
    {
        Assert.Equal(ProofVerdict.Signed, Judge(Signed(_key, Body), Body));
        Assert.Equal(ProofVerdict.WrongSignature, Judge(Signed(_key, Body), [.. Body, (byte)' ']));
        Assert.Equal(ProofVerdict.WrongSignature, Judge(Signed(_strangers, Body), Body));
    }

    [Fact]
    public void Any_of_several_keys_will_do_while_GHL_changes_its_own() => Assert.Equal(ProofVerdict.Signed, Judge(Signed(_next, Body), Body));

    [Theory]
    [InlineData("", nameof(ProofVerdict.Missing))]
    [InlineData("N/A", nameof(ProofVerdict.Missing))]
    [InlineData(" N/A ", nameof(ProofVerdict.Missing))]
    [InlineData("not base64!", nameof(ProofVerdict.Unreadable))]
    [InlineData("c2hvcnQ=", nameof(ProofVerdict.Unreadable))]
    [InlineData("sha256=00", nameof(ProofVerdict.Unreadable))]
    public void What_is_no_signature_proves_nothing(string header, string verdict) => Assert.Equal(verdict, Judge(header, Body).ToString());

    [Fact]
    public void Signature_of_another_length_proves_nothing()
        => Assert.Equal(ProofVerdict.Unreadable, Judge(Convert.ToBase64String([.. Convert.FromBase64String(Signed(_key, Body)), 0]), Body));

    [Fact]
    public void Right_signature_for_another_app_proves_nothing()
    {
        foreach (var body in new[] { Event("66b0c0ffee0000000000a009"), "{}"u8.ToArray(), "[]"u8.ToArray(), "no json"u8.ToArray(), Encoding.UTF8.GetBytes($$"""{"appId":["{{App}}"]}""") })
        {
            Assert.Equal(ProofVerdict.OtherApp, Judge(Signed(_key, body), body));
        }
    }

    [Fact]
    public void App_may_stand_under_data()
    {
        var body = Encoding.UTF8.GetBytes($$$"""{"type":"InboundMessage","data":{"appId":"{{{App}}}"}}""");

        Assert.Equal(ProofVerdict.Signed, Judge(Signed(_key, body), body));
    }

    [Fact]
    public void Without_an_app_no_such_signature_proves_anything()
        => Assert.Equal(ProofVerdict.NotAsked, new SenderProof([], new(null, Keys())).Judge(Evidence(Signed(_key, Body), Body)));

    [Fact]
    public void With_an_app_alone_a_proof_is_asked() => Assert.Equal(ProofVerdict.Missing, Judge("", Body));

    [Fact]
    public void Published_key_can_be_read_as_text_and_as_a_file()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "keys.pem");
        var pem = $"-----BEGIN PUBLIC KEY-----\n{AppKeys.Published}\n-----END PUBLIC KEY-----\n";
        File.WriteAllText(file, pem + pem);
        var empty = Path.Combine(folder.Path, "empty.pem");
        File.WriteAllText(empty, "nothing");

        Assert.Equal("8B61D1D6CACBE28D7C3BC0516BB815258EC6EDBBA96CDDC7F40C09AC708388E8", Convert.ToHexString(Assert.Single(AppKeys.Read(AppKeys.Published)!)));
        Assert.Equal(2, AppKeys.Read(file)!.Count);
        Assert.All([empty, Path.Combine(folder.Path, "none.pem"), "AAAA", folder.Path], part => Assert.Null(AppKeys.Read(part)));
    }

    [Fact]
    public void Sending_time_is_read_wherever_it_stands()
    {
        var at = new DateTimeOffset(2026, 11, 20, 9, 15, 4, 901, TimeSpan.Zero);

        Assert.Equal(at, AppEnvelope.Read("""{"timestamp":"2026-11-20T09:15:04.901Z"}"""u8).SentAt);
        Assert.Equal(at, AppEnvelope.Read("""{"data":{"timestamp":"2026-11-20T09:15:04.901Z"}}"""u8).SentAt);
        Assert.Null(AppEnvelope.Read("""{"timestamp":{}}"""u8).SentAt);
    }

    private static byte[] Event(string app) => Encoding.UTF8.GetBytes($$"""{"type":"InboundMessage","appId":"{{app}}","contactId":"CoN1","body":"caf\u00e9 <b>"}""");

    private byte[][] Keys() => [_key.PublicKey.Export(KeyBlobFormat.RawPublicKey), _next.PublicKey.Export(KeyBlobFormat.RawPublicKey)];

    private static string Signed(Key key, byte[] body) => Convert.ToBase64String(SignatureAlgorithm.Ed25519.Sign(key, body));

    private ProofVerdict Judge(string header, byte[] body) => new SenderProof([], new(App, Keys())).Judge(Evidence(header, body));

    private static WebhookEvidence Evidence(string header, byte[] body)
    {
        var headers = new HeaderDictionary { [AppSignature.Header] = header };
        return new() { Body = body, Headers = headers, Now = DateTimeOffset.UnixEpoch };
    }
}
