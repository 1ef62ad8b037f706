using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Lull.Conversations;
using Lull.Operating;
using Lull.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Operating;

/// <summary>The operator's endpoints over real HTTP on a loopback port, with a store in memory and a clock that a test moves.</summary>
internal sealed class OperatingServer : IAsyncDisposable
{
    /// <summary>A header by which a test says from which address it calls.</summary>
    public const string Peer = "Test-Peer";

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly WebApplication _app;

    private OperatingServer(WebApplication app, FakeStore store, FakeTimeProvider time, FakeGrains grains, FakeDueLine line, ConcurrentQueue<string> log)
        => (_app, Store, Time, Grains, Line, Log) = (app, store, time, grains, line, log);

    public FakeStore Store { get; }
    public FakeTimeProvider Time { get; }
    public FakeGrains Grains { get; }
    public FakeDueLine Line { get; }
    public ConcurrentQueue<string> Log { get; }
    public IServiceProvider Services => _app.Services;
    public HttpClient Http { get; private set; } = null!;

    public static async Task<OperatingServer> StartAsync(
        OperatingOptions? options = null, BurstWindowSettings? window = null, IReadOnlyList<SettingInForce>? settings = null, Action<FakeStore>? prepare = null,
        Func<TimeProvider, Task<IMessageStore>>? real = null)
    {
        // Empty: no settings files to watch, which costs more than the server itself.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRouting();
        var log = new ConcurrentQueue<string>();
        builder.Logging.ClearProviders().AddProvider(new LogLines(log));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var time = new FakeTimeProvider(Start);
        var store = new FakeStore(time);
        prepare?.Invoke(store);
        var (factory, grains) = FakeGrains.Create();
        var line = new FakeDueLine();
        var used = real is null ? store : await real(time);
        builder.Services.AddSingleton<TimeProvider>(time).AddSingleton(used).AddSingleton(factory).AddSingleton<IDueLine>(line)
            .AddSingleton(new BurstWindows(window ?? new(TimeSpan.FromSeconds(30), null, 50, true), used))
            .AddSingleton(settings ?? [])
            .AddOperating(options ?? new());
        var app = builder.Build();
        app.Use((context, next) =>
        {
            if (context.Request.Headers[Peer].ToString() is { Length: > 0 } peer)
            {
                context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
            }

            return next(context);
        });
        var group = app.MapOperating();
        group.MapGet("/guarded-by-the-group", (HttpContext context) => context.Response.WriteAsync("in")).ExcludeFromDescription();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app, store, time, grains, line, log) { Http = new() { BaseAddress = new(app.Urls.First()) } };
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<(HttpStatusCode Status, string Body)> AskAsync(HttpMethod method, string path, string? json = null)
    {
        using var response = await SendAsync(method, path, json);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public Task<(HttpStatusCode Status, string Body)> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    public Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string? json = null) => AskAsync(HttpMethod.Post, path, json);

    /// <summary>Moves the clock on until the fact holds, one step for each answer of the server: a clock that outran the machine would time out what is under way.</summary>
    public async Task MoveUntilAsync(Func<bool> fact, TimeSpan step)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!fact())
        {
            deadline.Token.ThrowIfCancellationRequested();
            Time.Advance(step);
            using var paced = await Http.GetAsync("/health/live", deadline.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private sealed class LogLines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
