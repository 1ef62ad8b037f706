using System.Text;
using System.Text.Json;
using Lull.Conversations;
using Lull.Receiving;
using Lull.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lull.Tests.Receiving;

/// <summary>The room Receiving behind a real HTTP stack, with a fake store and a line in which nobody waits.</summary>
internal sealed class ReceivingServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ReceivingServer(WebApplication app, AwaitedTime time, FakeStore store, FakeDueLine line, RecordedLog log)
    {
        _app = app;
        Time = time;
        Store = store;
        Line = line;
        Log = log;
    }

    public AwaitedTime Time { get; }

    public FakeStore Store { get; }

    public FakeDueLine Line { get; }

    public RecordedLog Log { get; }

    public IServiceProvider Services => _app.Services;

    public HttpClient Client { get; private set; } = null!;

    /// <summary>The port of a real Kestrel; only with <c>kestrel</c>.</summary>
    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    public static async Task<ReceivingServer> StartAsync(
        ReceivingOptions? options = null, Action<IServiceCollection>? configure = null, bool kestrel = false, FakeStore? store = null)
    {
        var time = new AwaitedTime();
        store ??= new(time);
        var line = new FakeDueLine();
        var log = new RecordedLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        if (kestrel)
        {
            builder.WebHost.ConfigureKestrel(server => server.Listen(System.Net.IPAddress.Loopback, 0));
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<TimeProvider>(time).AddSingleton<IInbox>(store).AddSingleton<IJournal>(store).AddSingleton<IDueLine>(line);
        builder.Services.AddReceiving(options ?? new());
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapReceiving();
        app.MapGroup("").MapJournal();
        await app.StartAsync();

        var server = new ReceivingServer(app, time, store, line, log);
        server.Client = kestrel ? new() { BaseAddress = new($"http://127.0.0.1:{server.Port}") } : app.GetTestClient();
        return server;
    }

    public Task<HttpResponseMessage> PostAsync(string body, string contentType = "application/json", params (string Name, string Value)[] headers)
        => PostAsync("/webhook", Encoding.UTF8.GetBytes(body), contentType, headers);

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string contentType, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}

/// <summary>Reads answers, and gives up on what never comes.</summary>
internal static class Answers
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static Task InTime(this Task fact) => fact.WaitAsync(Deadline, TestContext.Current.CancellationToken);

    public static Task<T> InTime<T>(this Task<T> fact) => fact.WaitAsync(Deadline, TestContext.Current.CancellationToken);

    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    public static async Task<string?> OutcomeAsync(this HttpResponseMessage response)
        => (await response.JsonAsync()).GetProperty("outcome").GetString();
}
