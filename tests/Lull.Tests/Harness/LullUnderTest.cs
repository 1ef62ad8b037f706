using System.Net.Http.Json;
using System.Text.Json;
using Lull.Conversations;
using Lull.Hosting;
using Lull.Storage.Sqlite;
using Lull.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Harness;

/// <summary>The whole server in the test's process, over real HTTP and a real file, on a clock that the test moves, between a fake model and a fake GHL.</summary>
internal sealed class LullUnderTest : IAsyncDisposable
{
    public const string Location = "loc1";

    /// <summary>The deadline of everything that is waited for; far beyond what a slow machine needs.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly bool _isShared;
    private (string Name, string Value)[] _settings;
    private WebApplication? _app;

    private LullUnderTest(FakeModel model, FakeGoHighLevel ghl, FakeTimeProvider time, (string Name, string Value)[] settings, bool isShared)
    {
        (Model, Ghl, Time, _isShared) = (model, ghl, time, isShared);
        _settings = settings;
    }

    public FakeModel Model { get; }

    public FakeGoHighLevel Ghl { get; }

    public FakeTimeProvider Time { get; }

    public HttpClient Client { get; private set; } = new();

    /// <summary>Where the store is.</summary>
    public string Folder => _folder.Path;

    /// <summary>The store of a server that was started by <see cref="ShareAsync"/>.</summary>
    public SteeredStore Store => (SteeredStore)(object)_app!.Services.GetRequiredService<IMessageStore>();

    /// <summary>How many bursts stand in line for a place.</summary>
    public int Waiting => _app!.Services.GetRequiredService<ReplySlots>().Waiting;

    /// <summary>Everything real: a model that is asked, replies that are sent.</summary>
    public static Task<LullUnderTest> StartAsync(params (string Name, string Value)[] settings) => StartAsync(isReal: true, settings);

    /// <summary>The same, one of several nodes of which the test plays the others.</summary>
    public static Task<LullUnderTest> ShareAsync(params (string Name, string Value)[] settings) => StartAsync(isReal: true, settings, isShared: true);

    /// <summary>As on a bare machine: the rehearsal writer and recorded delivery.</summary>
    public static Task<LullUnderTest> RehearseAsync(params (string Name, string Value)[] settings) => StartAsync(isReal: false, settings);

    /// <summary>Ends the process's part of the server and starts it again on the same folder, with some settings changed.</summary>
    public async Task RestartAsync(params (string Name, string Value)[] changed)
    {
        await StopAsync();
        _settings = [.. _settings.Where(setting => !changed.Any(other => other.Name == setting.Name)), .. changed];
        await RunAsync();
    }

    public async Task<JsonElement> SayAsync(string text, string contact = "ann", string? id = null, string? location = null)
    {
        var message = id is null ? (object)text : new { id, text };
        using var response = await Client.PostAsJsonAsync("/webhook", new { type = "contact.reply", contact = new { id = contact }, message, location_id = location ?? "" });
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {json}");
        return json;
    }

    public async Task<JsonElement> GetAsync(string path) => await Client.GetFromJsonAsync<JsonElement>(path);

    public async Task<JsonElement> PostAsync(string path, object? body = null)
    {
        using var response = await Client.PostAsJsonAsync(path, body ?? new { });
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {json}");
        return json;
    }

    /// <summary>The fate of a message, once it is <paramref name="state"/>. The clock is moved a little each look, as it moves for a real server.</summary>
    public async Task<JsonElement> FateAsync(JsonElement receipt, string state) => await UntilAsync(
        $"/messages/{receipt.GetProperty("id").GetString()}", fate => fate.GetProperty("state").GetString() == state, $"the fate '{state}'");

    /// <summary>Asks until the answer is as expected; ends with the last answer in the failure.</summary>
    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> expected, string what, TimeSpan? patience = null)
    {
        using var late = new CancellationTokenSource(patience ?? Soon);
        while (true)
        {
            var answer = await GetAsync(path);
            if (expected(answer))
            {
                return answer;
            }

            Assert.False(late.IsCancellationRequested, $"{what} did not come: {answer}");
            Time.Advance(TimeSpan.FromMilliseconds(20));
        }
    }

    public void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Model.DisposeAsync();
        await Ghl.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<LullUnderTest> StartAsync(bool isReal, (string Name, string Value)[] settings, bool isShared = false)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero));
        var (model, ghl) = (await FakeModel.StartAsync(), await FakeGoHighLevel.StartAsync(time));
        (string, string)[] real =
        [
            ("OPENAI_BASE_URL", model.BaseUrl.ToString()), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", Location), ("GHL_BASE_URL", ghl.BaseUrl.ToString()),
        ];
        var lull = new LullUnderTest(model, ghl, time, isReal ? [.. real, .. settings] : settings, isShared);
        await lull.RunAsync();
        return lull;
    }

    private async Task RunAsync()
    {
        var settings = SettingsOf.Read([("PORT", "0"), ("LOG_LEVEL", "Critical"), ("DATA_DIR", _folder.Path), .. _settings]);
        _app = LullHost.Build(settings, builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
            if (_isShared)
            {
                builder.Services.Replace(ServiceDescriptor.Singleton(provider => SteeredStore.Around(provider.GetRequiredService<SqliteMessageStore>())));
            }
        });
        await LullHost.StartAsync(_app, settings, TestContext.Current.CancellationToken);
        Client = new HttpClient { BaseAddress = new(StartSummary.AddressOf(_app, settings.Hosting)) };
    }

    private async Task StopAsync()
    {
        Client.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
    }
}
