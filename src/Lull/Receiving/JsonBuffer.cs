using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;

namespace Lull.Receiving;

/// <summary>A JSON writer and what it writes into, used again and again.</summary>
internal sealed class JsonBuffer : IResettable
{
    private const int MaxKept = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    public JsonBuffer() => Writer = new(_bytes);

    public Utf8JsonWriter Writer { get; }

    /// <summary>What was written, once the writer is flushed.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>A pool of them; what grew large once is not kept.</summary>
    public static ObjectPool<JsonBuffer> Pool() => ObjectPool.Create<JsonBuffer>();

    public bool TryReset()
    {
        _bytes.ResetWrittenCount();
        Writer.Reset();
        return _bytes.Capacity <= MaxKept;
    }
}
