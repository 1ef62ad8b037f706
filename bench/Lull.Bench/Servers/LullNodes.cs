namespace Lull.Bench.Servers;

/// <summary>Several Lulls on one database, which take webhooks by turns.</summary>
internal sealed class LullNodes : ILoadedServer
{
    private readonly IReadOnlyList<LullServer> _nodes;
    private readonly ILullStore _store;

    private LullNodes(string name, IReadOnlyList<LullServer> nodes, ILullStore store)
    {
        (Name, _nodes, _store) = (name, nodes, store);
        Usage = new([.. nodes.Select(node => node.Process.Id), .. store.Processes]);
    }

    public string Name { get; }

    public Uri Address => _nodes[0].Address;

    public IReadOnlyList<Uri> Addresses => [.. _nodes.Select(node => node.Address)];

    public ProcessUsage Usage { get; }

    /// <param name="isCluster">False: each stands alone, and they share the work through the database only.</param>
    public static async Task<LullNodes> StartAsync(int count, bool isCluster, RunSetup setup, RunFolder folder, CancellationToken cancellationToken)
    {
        var store = await setup.NewStoreAsync(folder.NewFolder(), cancellationToken);
        List<LullServer> nodes = [];
        try
        {
            while (nodes.Count < count)
            {
                nodes.Add(await LullServer.StartAsync(store, folder.NewFolder(), setup.Lull, cancellationToken, isCluster ? Member() : null, countsStore: false));
            }

            return new(count == 1 ? "1 node" : $"{count} nodes{(isCluster ? ", a cluster" : "")}", nodes, store);
        }
        catch
        {
            await EndAsync(nodes, store);
            throw;
        }
    }

    public async Task<StoredCount?> CountAsync(WebhookIds sent, CancellationToken cancellationToken)
    {
        foreach (var node in _nodes)
        {
            await node.Process.DisposeAsync();
        }

        return new(await _store.CountAsync(cancellationToken), sent.Messages, "messages");
    }

    public ValueTask DisposeAsync() => EndAsync(_nodes, _store);

    private static Dictionary<string, string> Member() => new() { ["CLUSTER_ADDRESS"] = "127.0.0.1", ["CLUSTER_PORT"] = $"{FreePort.Find()}" };

    private static async ValueTask EndAsync(IReadOnlyList<LullServer> nodes, ILullStore store)
    {
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        await store.DisposeAsync();
    }
}
