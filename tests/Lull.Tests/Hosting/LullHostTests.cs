using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Lull.Hosting;
using Lull.Operating;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Lull.Tests.Hosting;

public sealed class LullHostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_run_on_one_machine_and_no_silo_opens_a_port()
    {
        IServiceCollection? registered = null;
        await using var unstarted = LullHost.Build(SettingsOf.Read(), builder => registered = builder.Services);
        await using var first = await RunningLull.StartAsync();
        await using var second = await RunningLull.StartAsync();

        var doors = registered!.Where(service => service.IsKeyedService && service.ServiceType == typeof(IConnectionListenerFactory)).ToArray();

        Assert.NotEqual(first.Client.BaseAddress, second.Client.BaseAddress);
        Assert.NotEmpty(doors);
        Assert.All(doors, door => Assert.Equal(typeof(ClosedDoor), door.KeyedImplementationType));
    }

    [Fact]
    public async Task What_no_endpoint_expected_leaves_as_a_problem_document_without_a_word_of_the_inside()
    {
        await using var lull = await RunningLull.StartAsync(app =>
        {
            app.MapGet("/test/broken", string () => throw new InvalidOperationException("inside"));
            app.MapPost("/test/full", string () => throw new StoreUnavailableException("database or disk is full"));
            app.MapPost("/test/body", async (HttpRequest request) => await new StreamReader(request.Body).ReadToEndAsync());
        });

        var broken = await lull.Client.GetAsync("test/broken", Token);
        var full = await lull.Client.PostAsync("test/full", null, Token);
        var missing = await lull.Client.GetAsync("nothing/here", Token);
        var wrongMethod = await lull.Client.DeleteAsync("test/body", Token);
        var large = await lull.Client.PostAsync("test/body", new ByteArrayContent(new byte[(256 * 1024) + 1]), Token);

        Assert.DoesNotContain("inside", await ProblemAsync(broken, HttpStatusCode.InternalServerError), StringComparison.Ordinal);
        Assert.Contains("try again", await ProblemAsync(full, HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        Assert.Equal("5", full.Headers.RetryAfter!.ToString());
        Assert.Contains("GET /", await ProblemAsync(missing, HttpStatusCode.NotFound), StringComparison.Ordinal);
        Assert.Contains("DELETE", await ProblemAsync(wrongMethod, HttpStatusCode.MethodNotAllowed), StringComparison.Ordinal);
        Assert.Contains("too large", await ProblemAsync(large, HttpStatusCode.RequestEntityTooLarge), StringComparison.Ordinal);
        Assert.False(broken.Headers.Contains("Server"));
    }

    [Fact]
    public async Task A_running_request_is_finished_before_the_process_ends()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var lull = await RunningLull.StartAsync(app => app.MapPost("/test/slow", async () =>
        {
            entered.SetResult();
            await release.Task;
            return "done";
        }));

        var slow = lull.Client.PostAsync("test/slow", null, Token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        var stopping = lull.App.StopAsync(Token);
        release.SetResult();
        await stopping;

        Assert.Equal(HttpStatusCode.OK, (await slow).StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(25), lull.App.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public async Task Forwarded_headers_are_believed_of_trusted_proxies_only()
    {
        static void Map(WebApplication app) => app.MapGet("/test/peer", (HttpContext context) => $"{context.Connection.RemoteIpAddress} {context.Request.Scheme}");
        await using var trusting = await RunningLull.StartAsync(Map, ("TRUSTED_PROXIES", "127.0.0.0/8"));
        await using var doubting = await RunningLull.StartAsync(Map);

        Assert.Equal("203.0.113.9 https", await PeerAsync(trusting));
        Assert.Equal("127.0.0.1 http", await PeerAsync(doubting));
    }

    [Fact]
    public async Task The_clock_runs_as_fast_as_it_is_set_but_not_for_the_silo_s_own_upkeep()
    {
        await using var lull = await RunningLull.StartAsync(null, ("LULL_CLOCK_SPEED", "10"));
        var services = lull.App.Services;

        Assert.IsType<ScaledTimeProvider>(services.GetRequiredService<TimeProvider>());
        Assert.Same(services.GetRequiredService<TimeProvider>(), services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Grains));
        Assert.Same(TimeProvider.System, services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Membership));
    }

    [Fact]
    public async Task Started_with_PAUSED_all_sending_is_stopped()
    {
        await using var lull = await RunningLull.StartAsync(null, ("PAUSED", "true"));

        var pause = Assert.Single(await lull.App.Services.GetRequiredService<ISilences>().PausesAsync(Token));

        Assert.Null(pause.Location);
    }

    [Fact]
    public async Task The_settings_in_force_and_the_metrics_can_be_asked_for()
    {
        await using var lull = await RunningLull.StartAsync(app => app.MapGroup("/test").MapMetrics());

        var metrics = await lull.Client.GetStringAsync("test/metrics", Token);

        Assert.Contains("kestrel_active_connections", metrics, StringComparison.Ordinal);
        Assert.Contains(lull.App.Services.GetRequiredService<IReadOnlyList<SettingInForce>>(), setting => setting is { Name: "PORT", Source: "environment" });
    }

    [Fact]
    public async Task The_summary_says_where_it_listens_and_how_to_try_it_and_no_secret()
    {
        await using var lull = await RunningLull.StartAsync(null, ("WEBHOOK_SECRET", "hidden-one"), ("ADMIN_TOKEN", "hidden-two"));

        var summary = (await StartSummary.OfAsync(lull.App, lull.Settings, Token)).ToString();

        Assert.Contains($"curl -X POST {lull.Client.BaseAddress}webhook", summary, StringComparison.Ordinal);
        Assert.Contains("X-Webhook-Secret: $WEBHOOK_SECRET", summary, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer $ADMIN_TOKEN", summary, StringComparison.Ordinal);
        Assert.Contains(lull.Settings.Storage.DataDirectory, summary, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_taken_port_is_named_and_a_free_one_suggested()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var e = Assert.Throws<CannotListenException>(() => ListeningPort.Probe(new() { Port = port }));

        Assert.Contains($"Port {port} is already in use", e.Message, StringComparison.Ordinal);
        Assert.Matches(@"PORT=\d+\.", e.Message);
    }

    private static async Task<string> PeerAsync(RunningLull lull)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "test/peer") { Headers = { { "X-Forwarded-For", "203.0.113.9" }, { "X-Forwarded-Proto", "https" } } };
        using var response = await lull.Client.SendAsync(request, Token);
        return await response.Content.ReadAsStringAsync(Token);
    }

    private static async Task<string> ProblemAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        Assert.Equal((expected, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Equal((int)expected, problem.RootElement.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.RootElement.GetProperty("type").GetString()!);
        Assert.NotEmpty(problem.RootElement.GetProperty("title").GetString()!);
        return problem.RootElement.GetProperty("detail").GetString()!;
    }
}
