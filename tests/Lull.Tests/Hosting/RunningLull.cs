using Lull.Hosting;
using Lull.Hosting.Settings;
using Microsoft.AspNetCore.Builder;

namespace Lull.Tests.Hosting;

/// <summary>The whole process inside a test: a real port, a folder of its own.</summary>
internal sealed class RunningLull : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private RunningLull(WebApplication app, LullSettings settings, TemporaryFolder folder)
    {
        (App, Settings, _folder) = (app, settings, folder);
        Client = new HttpClient { BaseAddress = new(StartSummary.AddressOf(app, settings.Hosting)) };
    }

    public WebApplication App { get; }
    public LullSettings Settings { get; }
    public HttpClient Client { get; }

    /// <param name="map">Endpoints of the test's own.</param>
    public static async Task<RunningLull> StartAsync(Action<WebApplication>? map = null, params (string Name, string Value)[] settings)
    {
        var folder = new TemporaryFolder();
        var read = SettingsOf.Read([("PORT", "0"), ("LOG_LEVEL", "Critical"), ("DATA_DIR", folder.Path), .. settings]);
        var app = LullHost.Build(read);
        map?.Invoke(app);
        await LullHost.StartAsync(app, read, TestContext.Current.CancellationToken);
        return new(app, read, folder);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        _folder.Dispose();
    }
}
