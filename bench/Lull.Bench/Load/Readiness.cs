using System.Net.Sockets;

namespace Lull.Bench.Load;

/// <summary>Tells which of many sockets have something to read.</summary>
internal abstract class Readiness : IDisposable
{
    public static Readiness Of(Socket[] sockets) => OperatingSystem.IsLinux() ? new EpollReadiness(sockets) : new SelectReadiness(sockets);

    /// <returns>The places of the ready ones, at least one unless the time is up; valid until the next call.</returns>
    public abstract ReadOnlySpan<int> Wait(TimeSpan most);

    public abstract void Dispose();
}

/// <summary>For systems without epoll: the same, at a higher price for each call.</summary>
internal sealed class SelectReadiness(Socket[] sockets) : Readiness
{
    private readonly Dictionary<Socket, int> _places = sockets.Select((socket, place) => (socket, place)).ToDictionary();
    private readonly List<Socket> _ready = [];
    private readonly int[] _found = new int[sockets.Length];

    public override ReadOnlySpan<int> Wait(TimeSpan most)
    {
        _ready.Clear();
        _ready.AddRange(sockets);
        Socket.Select(_ready, null, null, most > TimeSpan.Zero ? most : TimeSpan.Zero);
        for (var i = 0; i < _ready.Count; i++)
        {
            _found[i] = _places[_ready[i]];
        }

        return _found.AsSpan(0, _ready.Count);
    }

    public override void Dispose()
    {
    }
}
