using System.Net.Http.Headers;
using System.Text;

namespace Lull.Delivering;

/// <summary>
/// GoHighLevel's conversations API (<c>GoHighLevel/highlevel-api-docs</c>, <c>apps/conversations.json</c>): one request each call, never repeated, no redirect followed, answers bounded in size and time.
/// </summary>
internal sealed class GoHighLevelClient(IHttpClientFactory clients, DeliveringOptions options, TimeProvider time)
{
    /// <summary>The name of the <see cref="HttpClient"/> whose handler does not retry or redirect.</summary>
    public const string HttpName = "gohighlevel";

    private const string ApiVersion = "2021-04-15";
    private const int MaxAnswerBytes = 8 * 1024 * 1024;

    /// <summary>Asks once. Never throws for what the vendor or the network does; throws when the caller cancels.</summary>
    /// <param name="path">Below the base URL, already encoded, with its query.</param>
    public async Task<GoHighLevelAnswer> AskAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, options.BaseUrl.AbsoluteUri.TrimEnd('/') + path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
        request.Headers.Accept.Add(new("application/json"));
        request.Headers.Add("Version", ApiVersion);
        try
        {
            using var response = await clients.CreateClient(HttpName).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await ReadAsync(response, either.Token);
            return new GoHighLevelAnswer.Answered(response.StatusCode, body, Wait(response.Headers));
        }
        catch (TooLateException)
        {
            return new GoHighLevelAnswer.NeverSent("it could not begin while the lease would outlast it");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new GoHighLevelAnswer.Lost($"no answer from GoHighLevel within {options.Timeout.TotalSeconds:0} s");
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested && error.InnerException is TimeoutException)
        {
            return new GoHighLevelAnswer.NeverSent("GoHighLevel did not take the connection in time");
        }
        catch (HttpRequestException error)
        {
            return error.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => new GoHighLevelAnswer.NeverSent($"the name {options.BaseUrl.Host} is not known"),
                HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError => new GoHighLevelAnswer.NeverSent($"{options.BaseUrl.Host} cannot be reached"),
                HttpRequestError.SecureConnectionError => new GoHighLevelAnswer.NeverSent($"no secure connection to {options.BaseUrl.Host}"),
                _ => new GoHighLevelAnswer.Lost("the connection to GoHighLevel was cut"),
            };
        }
    }

    /// <summary>The body, or null when it did not come whole: the status alone has still been said. One that echoes the token is not read either, since parts of it end in logs.</summary>
    private async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(options.ApiKey ?? "")) > 0 ? null : body;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary><c>Retry-After</c> where there is one; GoHighLevel documents only the length of its rate interval (docs/oauth/Authorization.md).</summary>
    private TimeSpan? Wait(HttpResponseHeaders headers)
    {
        var wait = headers.RetryAfter is { } after ? after.Delta ?? after.Date - time.GetUtcNow()
            : headers.TryGetValues("X-RateLimit-Interval-Milliseconds", out var values) && uint.TryParse(values.First(), out var milliseconds) ? TimeSpan.FromMilliseconds(milliseconds)
            : (TimeSpan?)null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
