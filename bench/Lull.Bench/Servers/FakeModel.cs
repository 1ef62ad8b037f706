using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Lull.Bench.Servers;

/// <summary>A language model inside the benchmark that answers at once and notes when it was asked about whom.</summary>
internal sealed class FakeModel : IAsyncDisposable
{
    private const int IdLength = 16;

    private const string Answer =
        """{"id":"c1","object":"chat.completion","created":1767225600,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"Gladly, we will call you."},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":6,"total_tokens":26}}""";

    private readonly ConcurrentDictionary<ulong, long> _askedAt = new();
    private readonly WebApplication _server;

    private FakeModel(WebApplication server) => _server = server;

    /// <summary>When the first call about each contact came.</summary>
    public IReadOnlyDictionary<ulong, long> AskedAt => _askedAt;

    public string Url => _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1";

    public static async Task<FakeModel> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var model = new FakeModel(builder.Build());
        model._server.Run(model.AnswerAsync);
        await model._server.StartAsync(cancellationToken);
        return model;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var at = Stopwatch.GetTimestamp();
        using var reader = new StreamReader(http.Request.Body);
        var prompt = await reader.ReadToEndAsync(http.RequestAborted);
        var mark = prompt.LastIndexOf("ref:", StringComparison.Ordinal) + "ref:".Length;
        _askedAt.TryAdd(ulong.Parse(prompt.AsSpan(mark, IdLength), NumberStyles.HexNumber, CultureInfo.InvariantCulture), at);
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(Answer, http.RequestAborted);
    }
}
