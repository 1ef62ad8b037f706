namespace Lull.Bench.Peers;

/// <summary>The peers of a run: those that could be started, and why the others could not.</summary>
internal sealed class StartedPeers : IAsyncDisposable
{
    private readonly List<ILoadedServer> _started = [];
    private readonly List<AbsentPeer> _absent = [];

    public IReadOnlyList<ILoadedServer> Started => _started;

    public IReadOnlyList<AbsentPeer> Absent => _absent;

    /// <exception cref="BenchException">One that is installed does not start.</exception>
    public async Task StartAsync(IReadOnlyList<Peer> peers, RunFolder folder, RunSetup setup, CancellationToken cancellationToken)
    {
        foreach (var peer in peers)
        {
            if (peer.Missing is { } missing)
            {
                _absent.Add(new(peer.Name, missing));
                setup.Output.WriteLine($"{peer.Name} is not measured: {missing}");
                continue;
            }

            _started.Add(await peer.Start(folder, setup, cancellationToken));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _started)
        {
            await server.DisposeAsync();
        }
    }
}

/// <summary>A peer that could not be measured.</summary>
internal sealed record AbsentPeer(string Name, string Why);
