namespace Lull.Conversations;

/// <summary>The step a conversation is taking now, and the ways to cut its model call short.</summary>
internal sealed class ActiveRun(BatchTicket ticket, CancellationToken stopping) : IDisposable
{
    private readonly CancellationTokenSource _cancelled = CancellationTokenSource.CreateLinkedTokenSource(stopping);

    public BatchTicket Ticket => ticket;

    /// <summary>Ends the model call; a send is never cancelled by it.</summary>
    public CancellationToken Token => _cancelled.Token;

    /// <summary>True when the call was cut short because something newer was said.</summary>
    public bool IsNewer { get; private set; }

    /// <summary>True when the ticket is no longer current: what this run still does is for nothing.</summary>
    public bool IsTakenOver { get; private set; }

    public void Newer()
    {
        IsNewer = true;
        Stop();
    }

    public void TakenOver()
    {
        IsTakenOver = true;
        Stop();
    }

    public void Stop()
    {
        try
        {
            _cancelled.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    public void Dispose() => _cancelled.Dispose();
}
