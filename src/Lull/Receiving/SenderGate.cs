using System.Net;
using Lull.Receiving.Proving;

namespace Lull.Receiving;

/// <summary>Lets proven webhooks in, rid of their secrets; counts the others and says once a minute what is probably wrong with them.</summary>
internal sealed partial class SenderGate
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly ReceivingOptions _options;
    private readonly WebhookMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<SenderGate> _logger;
    private readonly SenderProof _proof;
    private readonly SecretMask _mask;
    private readonly StoredHeaders _headers;
    private readonly Lock _gate = new();
    private long? _toldAt;
    private int _untold;

    public SenderGate(ReceivingOptions options, WebhookMetrics metrics, TimeProvider time, ILogger<SenderGate> logger)
    {
        (_options, _metrics, _time, _logger) = (options, metrics, time, logger);
        _proof = new(options.WebhookSecrets, new(options.AppId, options.AppKeys));
        _mask = new(options.WebhookSecrets);
        _headers = new(_mask);
    }

    /// <summary>The webhook as it may be stored, or null when its sender is not proven.</summary>
    /// <param name="raw">The bytes as they came, which signatures are made over.</param>
    public WebhookSource? Admit(HttpRequest request, ReadOnlyMemory<byte> raw, in WebhookBody body)
    {
        var secret = BodySecret.Find(body.Content.Span, body.Media);
        var verdict = _proof.Judge(new()
        {
            Body = raw.Span,
            Headers = request.Headers,
            QuerySecret = request.QueryString.HasValue ? request.Query["secret"] : default,
            BodySecret = secret?.Value,
            Now = _time.GetUtcNow(),
        });
        if (verdict == ProofVerdict.NotAsked && _options.ListensOnLoopback && !LocalCaller.IsLocal(request))
        {
            verdict = ProofVerdict.Forwarded;
        }

        if (verdict is not (ProofVerdict.Proven or ProofVerdict.Signed or ProofVerdict.NotAsked))
        {
            Refuse(verdict, request.HttpContext.Connection.RemoteIpAddress);
            return null;
        }

        string? delivery = request.Headers["webhook-id"];
        return new(_mask.Clean(body.Content, secret, body.Media), body.Media, _headers.Write(request.Headers), string.IsNullOrEmpty(delivery) ? null : delivery)
        {
            Complaint = body.Complaint,
            IsTooOld = verdict == ProofVerdict.Signed && AppEnvelope.Read(raw.Span).SentAt < _time.GetUtcNow() - DuplicateKey.IdWindow,
        };
    }

    private void Refuse(ProofVerdict verdict, IPAddress? sender)
    {
        _metrics.Unproven();
        int untold;
        lock (_gate)
        {
            _untold++;
            if (_toldAt is { } told && _time.GetElapsedTime(told) < Quiet)
            {
                return;
            }

            _toldAt = _time.GetTimestamp();
            untold = _untold;
            _untold = 0;
        }

        Log.Unproven(_logger, untold, sender, Cause(verdict));
    }

    private static string Cause(ProofVerdict verdict) => verdict switch
    {
        ProofVerdict.Forwarded => "it came through a proxy or a tunnel and no proof is configured: set WEBHOOK_SECRET and send it along",
        ProofVerdict.Missing => "it brings no proof: send WEBHOOK_SECRET as header X-Webhook-Secret, as customData.secret or as ?secret=",
        ProofVerdict.WrongSecret => "its secret is none of WEBHOOK_SECRET",
        ProofVerdict.WrongSignature => "its signature does not fit the body: another secret than WEBHOOK_SECRET, another key than GHL_WEBHOOK_PUBLIC_KEYS, or a proxy that changes bodies",
        ProofVerdict.OtherApp => "GoHighLevel signed it for another app than GHL_APP_ID",
        ProofVerdict.Unreadable => "its signature header is not in the form sha256=<hex> or v1,<base64>, or of X-GHL-Signature base64 of 64 bytes",
        ProofVerdict.Stale => "its timestamp is missing or more than 5 minutes from this machine's clock",
        _ => "unknown",
    };

    private static partial class Log
    {
        [LoggerMessage(101, LogLevel.Warning, "{Count} unproven webhook(s) refused; the latest from {Sender}: {Cause}")]
        public static partial void Unproven(ILogger logger, int count, IPAddress? sender, string cause);
    }
}
