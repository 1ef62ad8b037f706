namespace Lull.Storage.Ledger;

/// <summary>Counts what is open under the queue's words.</summary>
internal sealed class QueueTally
{
    private int _waiting;
    private int _replying;
    private int _delivering;
    private int _faulted;
    private DateTimeOffset? _oldest;

    /// <param name="state">Of the unfinished batch; null where there is none.</param>
    /// <param name="isFaulted">It waits for a fault to be mended.</param>
    /// <param name="oldest">Arrival of the oldest message.</param>
    public void Add(BatchState? state, bool isFaulted, DateTimeOffset oldest, int count = 1)
    {
        _oldest = _oldest < oldest ? _oldest : oldest;
        switch (state)
        {
            case BatchState.Released when isFaulted:
                _faulted += count;
                break;
            case null or BatchState.Released:
                _waiting += count;
                break;
            case BatchState.Claimed or BatchState.Replying:
                _replying += count;
                break;
            default:
                _delivering += count;
                break;
        }
    }

    public QueueCounts With(long held, long deadLettered) => new(_waiting, _replying, _delivering, _faulted + (int)held, (int)deadLettered, _oldest);
}
