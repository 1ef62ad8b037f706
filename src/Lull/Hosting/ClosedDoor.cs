using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Lull.Hosting;

/// <summary>
/// The silo's network door of a node that stands alone: bound to nothing, opened to nobody. Calls between a node's own grains never use the network, so a
/// stand-alone node needs no port but <c>PORT</c>, and any number of them can run on one machine.
/// </summary>
internal sealed class ClosedDoor : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        => ValueTask.FromResult<IConnectionListener>(new Listener(endpoint));

    private sealed class Listener(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        /// <summary>Waits until the end; null then tells the silo that nobody comes any more.</summary>
        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
            => new(_unbound.Task.WaitAsync(cancellationToken));

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _unbound.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
