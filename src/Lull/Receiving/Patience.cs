using System.Collections.Concurrent;

namespace Lull.Receiving;

/// <summary>Deadlines of one length, used again: one for each webhook would cost more than reading it.</summary>
internal sealed class Patience(TimeSpan length, TimeProvider time)
{
    private const int MaxIdle = 1024;

    private readonly ConcurrentQueue<CancellationTokenSource> _idle = new();

    /// <summary>A deadline that begins now, and ends early when the caller goes. Dispose it once nobody looks at its token any more.</summary>
    public Deadline Begin(CancellationToken gone)
    {
        if (_idle.TryDequeue(out var source))
        {
            source.CancelAfter(length);
        }
        else
        {
            source = new(length, time);
        }

        return new(this, source, gone.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source));
    }

    private void End(CancellationTokenSource source)
    {
        if (_idle.Count < MaxIdle && source.TryReset())
        {
            _idle.Enqueue(source);
        }
        else
        {
            source.Dispose();
        }
    }

    internal readonly struct Deadline(Patience patience, CancellationTokenSource source, CancellationTokenRegistration gone) : IDisposable
    {
        public CancellationToken Token => source.Token;

        public void Dispose()
        {
            gone.Dispose();
            patience.End(source);
        }
    }
}
