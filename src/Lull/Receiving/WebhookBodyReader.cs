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
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async ValueTask<BodyReading> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > ReceivingOptions.MaxBodyBytes)
        {
            return new(BodyEnd.TooLarge, default);
        }

        var aborted = request.HttpContext.RequestAborted;
        using var patience = new CancellationTokenSource(Patience, time);
        await using var hangUp = aborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), patience);
        try
        {
            return await ReadToEndAsync(request.BodyReader, patience.Token);
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
                // One copy of the exact size, which the store may keep as long as it likes.
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return new(BodyEnd.Complete, body);
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static BodyEnd EndOf(int status) => status switch
    {
        StatusCodes.Status413PayloadTooLarge => BodyEnd.TooLarge,
        StatusCodes.Status408RequestTimeout => BodyEnd.TooSlow,
        _ => BodyEnd.Lost,
    };
}
