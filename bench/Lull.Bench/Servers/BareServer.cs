namespace Lull.Bench.Servers;

/// <summary>The yardstick as a process of its own.</summary>
internal sealed class BareServer(ServerProcess process) : ILoadedServer
{
    public string Name => "bare Kestrel";

    public Uri Address => process.Address;

    public ProcessUsage Usage => process.Usage;

    public static async Task<BareServer> StartAsync(string folder, CancellationToken cancellationToken) => new(await ServerProcess.StartAsync(
        new("The bare endpoint", "dotnet", [typeof(BareServer).Assembly.Location, BareKestrel.Word]) { Folder = folder }, cancellationToken));

    public Task<StoredCount?> CountAsync(WebhookIds sent, CancellationToken cancellationToken) => Task.FromResult<StoredCount?>(null);

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
