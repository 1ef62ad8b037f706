using System.Net;
using System.Net.Sockets;

namespace Lull.Tests.Harness.Postgres;

/// <summary>The network between a node and a server, which can refuse, cut, stall and be whole again. Its port stays the same.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<Relay> _relays = [];
    private readonly int _target;
    private TaskCompletionSource _questions = Opened(), _answers = Opened();
    private Socket? _listener;
    private int _accepted;

    private CuttingProxy(int target)
    {
        _target = target;
        Listen(port: 0);
        Port = ((IPEndPoint)_listener!.LocalEndPoint!).Port;
    }

    public int Port { get; }

    /// <summary>Connections it has taken so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Starts one in front of a loopback port.</summary>
    public static CuttingProxy To(int target) => new(target);

    /// <summary>Resets every connection; new ones are taken.</summary>
    public void Cut()
    {
        Relay[] relays;
        lock (_gate)
        {
            relays = [.. _relays];
            _relays.Clear();
        }

        Array.ForEach(relays, relay => relay.Reset());
    }

    /// <summary>Takes no new connection, until <see cref="Resume"/>; those that are there live on.</summary>
    public void Refuse()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    /// <summary>Lets nothing through and closes nothing, as a network that swallows packets does, until <see cref="Resume"/>.</summary>
    /// <param name="questions">What goes to the server is held back.</param>
    /// <param name="answers">What comes from the server is held back: with this alone, a commit happens and nobody hears of it.</param>
    public void Stall(bool questions = true, bool answers = true)
    {
        lock (_gate)
        {
            _questions = questions && _questions.Task.IsCompleted ? Closed() : _questions;
            _answers = answers && _answers.Task.IsCompleted ? Closed() : _answers;
        }
    }

    /// <summary>Is whole again; what was held back goes on its way.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _questions.TrySetResult();
            _answers.TrySetResult();
            if (_listener is null)
            {
                Listen(Port);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        Refuse();
        Cut();
        lock (_gate)
        {
            _questions.TrySetResult();
            _answers.TrySetResult();
        }

        return ValueTask.CompletedTask;
    }

    private static TaskCompletionSource Closed() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Opened()
    {
        var opened = Closed();
        opened.SetResult();
        return opened;
    }

    private void Listen(int port)
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // Its own closed connections may still hold the port.
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
        _ = AcceptAsync(_listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                Interlocked.Increment(ref _accepted);
                _ = RelayAsync(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Refusing: the listener is closed.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        var relay = new Relay(client, new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        lock (_gate)
        {
            _relays.Add(relay);
        }

        await relay.RunAsync(_target, () => Gate(ref _questions), () => Gate(ref _answers));
        lock (_gate)
        {
            _relays.Remove(relay);
        }
    }

    private Task Gate(ref TaskCompletionSource gate)
    {
        lock (_gate)
        {
            return gate.Task;
        }
    }

    /// <summary>One connection and its other half.</summary>
    private sealed class Relay(Socket client, Socket server)
    {
        public async Task RunAsync(int target, Func<Task> questions, Func<Task> answers)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, target);
                client.NoDelay = server.NoDelay = true;

                // Whichever side ends, the other one is told.
                await await Task.WhenAny(PumpAsync(client, server, questions), PumpAsync(server, client, answers));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Cut.
            }

            client.Dispose();
            server.Dispose();
        }

        public void Reset()
        {
            foreach (var side in (Socket[])[client, server])
            {
                try
                {
                    side.LingerState = new(enable: true, 0);
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
                {
                    // It has ended by itself.
                }

                side.Dispose();
            }
        }

        private static async Task PumpAsync(Socket from, Socket to, Func<Task> gate)
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                await gate();
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
    }
}
