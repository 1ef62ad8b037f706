using System.Net;

namespace Lull.Delivering;

/// <summary>A request's body that goes out in time or not at all: looked at when the connection stands and the body is about to be written, the last moment there is.</summary>
/// <param name="beginBy">The clock's timestamp after which it is too late, or null.</param>
internal sealed class TimelyContent(byte[] body, long? beginBy, TimeProvider time) : ByteArrayContent(body)
{
    // Every other way to write it comes through here.
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        => time.GetTimestamp() > beginBy ? throw new TooLateException() : base.SerializeToStreamAsync(stream, context);
}

/// <summary>The body was not written because it was too late for it.</summary>
internal sealed class TooLateException : Exception;
