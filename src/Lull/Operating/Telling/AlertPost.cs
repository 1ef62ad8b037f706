using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Lull.Operating.Telling;

/// <summary>Posts one alert once. Never follows a redirect: what is told is meant for this address only.</summary>
internal sealed class AlertPost(IHttpClientFactory clients, OperatingOptions options, TimeProvider time)
{
    /// <summary>The name of the HTTP client.</summary>
    public const string Client = "alerts";

    /// <param name="id">The same for every attempt, so that the receiver knows a repetition.</param>
    public async Task<AlertResult> SendAsync(string id, AttentionItem item, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(Alert.Of(item), OperatingJson.Default.Alert);
        using var request = new HttpRequestMessage(HttpMethod.Post, options.AlertUrl) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var now = time.GetUtcNow();
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        if (options.AlertSecret is { Length: > 0 } secret)
        {
            request.Headers.Add("webhook-signature", AlertSignature.Of(secret, id, now, body));
        }

        try
        {
            using var client = clients.CreateClient(Client);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode ? AlertResult.Taken
                : IsAboutThisOne(response.StatusCode) ? new AlertResult.Refused($"status {(int)response.StatusCode}")
                : new AlertResult.Down($"status {(int)response.StatusCode}");
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new AlertResult.Down(fault is HttpRequestException { HttpRequestError: var error } ? error.ToString() : "timeout");
        }
    }

    private static bool IsAboutThisOne(HttpStatusCode status)
        => status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity;
}

/// <summary>How one post of an alert ended.</summary>
internal abstract record AlertResult
{
    private AlertResult()
    {
    }

    public static AlertResult Taken { get; } = new TakenResult();

    /// <summary>The receiver does not want this very alert; the next one may be welcome.</summary>
    internal sealed record Refused(string Reason) : AlertResult;

    /// <summary>The receiver does not answer or refuses everything.</summary>
    internal sealed record Down(string Reason) : AlertResult;

    private sealed record TakenResult : AlertResult;
}
