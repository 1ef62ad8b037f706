using System.Buffers;
using System.IO.Pipelines;

namespace Lull.Receiving;

/// <summary>How the reading of a body ended.</summary>
internal enum BodyEnd
{
    Complete,
    TooLarge,

    /// <summary>It trickled in for longer than anybody needs.</summary>
    TooSlow,

    /// <summary>The sender went away, or broke the protocol, before the end.</summary>
    Lost,
}

internal readonly record struct BodyReading(BodyEnd End, ReadOnlyMemory<byte> Body);

/// <summary>Reads a request's body within bounds of size and time, out of the server's pooled buffers.</summary>
internal sealed class WebhookBodyReader(TimeProvider time)
{
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private readonly Patience _patience = new(MaxWait, time);

    public ValueTask<BodyReading> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > ReceivingOptions.MaxBodyBytes)
        {
            return new(new BodyReading(BodyEnd.TooLarge, default));
        }

        // Nearly every body came in one piece with its headers: nothing is waited for.
        if (request.BodyReader.TryRead(out var read))
        {
            if (read.IsCompleted && read.Buffer.Length <= ReceivingOptions.MaxBodyBytes)
            {
                return new(new BodyReading(BodyEnd.Complete, Take(request.BodyReader, read)));
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start);
        }

        return WaitAsync(request);
    }

    private async ValueTask<BodyReading> WaitAsync(HttpRequest request)
    {
        var aborted = request.HttpContext.RequestAborted;
        using var deadline = _patience.Begin(aborted);
        try
        {
            return await ReadToEndAsync(request.BodyReader, deadline.Token);
        }
        catch (OperationCanceledException)
        {
            return new(aborted.IsCancellationRequested ? BodyEnd.Lost : BodyEnd.TooSlow, default);
        }
        catch (BadHttpRequestException exception)
        {
            return new(EndOf(exception.StatusCode), default);
        }
        catch (IOException)
        {
            return new(BodyEnd.Lost, default);
        }
    }

    private static async ValueTask<BodyReading> ReadToEndAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > ReceivingOptions.MaxBodyBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                return new(BodyEnd.TooLarge, default);
            }

            if (read.IsCompleted)
            {
                return new(BodyEnd.Complete, Take(reader, read));
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>One copy of the exact size, which the store may keep as long as it likes.</summary>
    private static byte[] Take(PipeReader reader, in ReadResult read)
    {
        var body = read.Buffer.ToArray();
        reader.AdvanceTo(read.Buffer.End);
        return body;
    }

    private static BodyEnd EndOf(int status) => status switch
    {
        StatusCodes.Status413PayloadTooLarge => BodyEnd.TooLarge,
        StatusCodes.Status408RequestTimeout => BodyEnd.TooSlow,
        _ => BodyEnd.Lost,
    };
}
