namespace Lull.Tests.Operating;

/// <summary>One server for all tests of a class that leave nothing behind: starting one costs more than most of them.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    /// <summary>Without tokens, on loopback.</summary>
    internal OperatingServer Local { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Local = await OperatingServer.StartAsync();

    public ValueTask DisposeAsync() => Local.DisposeAsync();
}
