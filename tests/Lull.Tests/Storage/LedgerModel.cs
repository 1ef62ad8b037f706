namespace Lull.Tests.Storage;

/// <summary>The state machine of one contact in its simplest form: lists in memory, no disk, no races. The store must do as it does.</summary>
internal sealed class LedgerModel(BurstWindow window)
{
    private DateTimeOffset _forcedUpTo = DateTimeOffset.MinValue;
    private DateTimeOffset _retryAt;
    private bool _isForceUsed;

    /// <summary>Said and in no batch.</summary>
    public List<(string Text, DateTimeOffset At)> Open { get; } = [];

    /// <summary>In the unfinished batch.</summary>
    public List<(string Text, DateTimeOffset At)> Batch { get; } = [];

    public BatchState? State { get; private set; }

    public bool IsRunning { get; private set; }

    public int Restarts { get; private set; }

    public int Lost { get; private set; }

    /// <summary>What became of every message that is finished.</summary>
    public Dictionary<string, string> Fates { get; } = [];

    /// <summary>When the next step is due; null when there is none or one is being taken.</summary>
    public DateTimeOffset? NextStep()
    {
        if (IsRunning || (State is null && Open.Count == 0))
        {
            return null;
        }

        return State switch
        {
            BatchState.Replied => IsBatchForced ? Batch[0].At : _retryAt,
            BatchState.Released when IsBatchForced || Open.Exists(message => message.At <= _forcedUpTo) => Batch[0].At,
            BatchState.Released => Max(EndsAt([.. Batch, .. Open]), _retryAt),
            _ when Open[0].At <= _forcedUpTo => Open[0].At,
            _ => EndsAt(Open),
        };
    }

    public void Say(string text, DateTimeOffset now) => Open.Add((text, now));

    public bool Claim(DateTimeOffset now)
    {
        if (NextStep() is not { } at || at > now)
        {
            return false;
        }

        if (State is not BatchState.Replied)
        {
            Batch.AddRange(Open);
            Open.Clear();
            State = BatchState.Claimed;
        }

        IsRunning = true;
        _isForceUsed = true;
        if (Open.TrueForAll(message => message.At > _forcedUpTo))
        {
            _forcedUpTo = DateTimeOffset.MinValue;
        }

        return true;
    }

    public void Reply() => State = BatchState.Replied;

    /// <summary>True when the reply went out, false when something newer stopped it.</summary>
    public bool Fence(DateTimeOffset now)
    {
        if (Open.Count > 0 && Restarts < 2 && now < window.CapAt(Batch[0].At))
        {
            Restarts++;
            Release(now);
            return false;
        }

        End("answered");
        return true;
    }

    public void Release(DateTimeOffset retryAt)
    {
        State = BatchState.Released;
        IsRunning = false;
        _retryAt = retryAt;
    }

    public void End(string fate)
    {
        Batch.ForEach(message => Fates[message.Text] = fate);
        Batch.Clear();
        (State, IsRunning, Restarts, Lost) = (null, false, 0, 0);
    }

    public bool Force()
    {
        var waiting = State is BatchState.Released or BatchState.Replied && !IsRunning;
        if (!waiting && Open.Count == 0)
        {
            return false;
        }

        _isForceUsed &= !waiting;
        _forcedUpTo = Open.Count > 0 ? Open[^1].At : Batch[^1].At;
        return true;
    }

    public void Crash(DateTimeOffset now)
    {
        if (State is BatchState.Claimed)
        {
            if (++Lost == 5)
            {
                End("dead_lettered");
                return;
            }

            Release(now);
        }

        IsRunning = false;
        _isForceUsed = false;
    }

    /// <summary>The reply waits for its send: its retry is due from now on.</summary>
    public void RepliedAt(DateTimeOffset now) => _retryAt = now;

    private bool IsBatchForced => !_isForceUsed && Batch[0].At <= _forcedUpTo;

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private DateTimeOffset EndsAt(List<(string Text, DateTimeOffset At)> messages) => window.EndsAt(messages[0].At, messages[^1].At, messages.Count);
}
