namespace Lull.Conversations;

/// <summary>What keeps due steps waiting: pauses, and faults of the model or of a location's delivery, which are probed once a minute.</summary>
internal sealed class Obstacles(IMessageStore store)
{
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, DateTimeOffset> _probedAt = [];
    private IReadOnlyList<Pause> _pauses = [];
    private IReadOnlyDictionary<string, Fault> _faults = new Dictionary<string, Fault>();

    /// <summary>Reads what is in force; from the store's memory, so that a pause holds at once.</summary>
    public async ValueTask RefreshAsync()
    {
        _pauses = await store.PausesAsync(CancellationToken.None);
        _faults = (await store.FaultsAsync(CancellationToken.None)).ToDictionary(fault => fault.Target);
        foreach (var mended in _probedAt.Keys.Where(target => !_faults.ContainsKey(target)).ToList())
        {
            _probedAt.Remove(mended);
        }
    }

    /// <summary>True when a step may go now: nothing stops it, or it is this minute's probe.</summary>
    public bool LetsThrough(SlotTarget target)
    {
        if (_pauses.Any(pause => pause.Location is null || pause.Location == target.Location))
        {
            return false;
        }

        if (!_faults.TryGetValue(target.Fault, out var fault))
        {
            return true;
        }

        var now = store.Now;
        return fault.Until is { } until ? now >= until : now >= _probedAt.GetValueOrDefault(fault.Target, fault.Since) + ProbeEvery;
    }

    /// <summary>A step went: where its target is at fault, it was the probe.</summary>
    public void Passed(SlotTarget target)
    {
        if (_faults.ContainsKey(target.Fault))
        {
            _probedAt[target.Fault] = store.Now;
        }
    }
}
