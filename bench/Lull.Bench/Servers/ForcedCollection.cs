using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Lull.Bench.Servers;

/// <summary>Has a .NET process collect all its garbage, through the socket that every .NET process opens for diagnostic tools.</summary>
internal static class ForcedCollection
{
    // An event session whose keyword asks for a full, blocking collection; opening it is the request.
    private const string Provider = "Microsoft-Windows-DotNETRuntime";
    private const ulong HeapCollect = 0x800000;
    private const uint Informational = 4, BufferMiB = 16, NetTrace = 1;
    private const byte EventPipe = 2, CollectTracing = 2, StopTracing = 1;
    private const int HeaderLength = 20;

    /// <exception cref="BenchException">The process has no such socket.</exception>
    public static async Task RunAsync(int process, TimeSpan patience, CancellationToken cancellationToken)
    {
        var path = Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process}-*-socket").FirstOrDefault()
            ?? throw new BenchException($"Process {process} opened no diagnostic socket in {Path.GetTempPath()}.");
        using var session = await AskAsync(path, CollectTracing, Session(), cancellationToken);
        var answer = new byte[HeaderLength + sizeof(ulong)];
        await ReadAsync(session, answer, cancellationToken);
        var draining = DrainAsync(session, cancellationToken);
        await Task.Delay(patience, cancellationToken);
        using (var stop = await AskAsync(path, StopTracing, answer.AsMemory(HeaderLength), cancellationToken))
        {
            await ReadAsync(stop, answer, cancellationToken);
        }

        await draining;
    }

    private static async Task<Socket> AskAsync(string path, byte command, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        byte[] header = [.. "DOTNET_IPC_V1\0"u8, 0, 0, EventPipe, command, 0, 0];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan("DOTNET_IPC_V1\0".Length), (ushort)(HeaderLength + payload.Length));
        await socket.SendAsync((byte[])[.. header, .. payload.Span], cancellationToken);
        return socket;
    }

    private static byte[] Session()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.Unicode);
        writer.Write(BufferMiB);
        writer.Write(NetTrace);
        writer.Write(1u);
        writer.Write(HeapCollect);
        writer.Write(Informational);
        writer.Write((uint)Provider.Length + 1);
        writer.Write((Provider + '\0').ToCharArray());
        writer.Write(0u);
        writer.Flush();
        return bytes.ToArray();
    }

    private static async Task ReadAsync(Socket socket, Memory<byte> into, CancellationToken cancellationToken)
    {
        for (var length = 0; length < into.Length;)
        {
            var read = await socket.ReceiveAsync(into[length..], cancellationToken);
            length += read > 0 ? read : throw new BenchException("The diagnostic socket was closed.");
        }
    }

    private static async Task DrainAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken) > 0)
        {
        }
    }
}
