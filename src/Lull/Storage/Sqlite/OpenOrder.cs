using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>The open conversations in the order in which they became open: added at the end, and left out of the list in passing once half of it has gone.</summary>
internal sealed class OpenOrder
{
    private const int WorthCompacting = 1024;

    private readonly List<OpenConversation> _all = [];
    private int _gone;

    public int Count => _all.Count - _gone;

    /// <summary>Its position must be after every other one's.</summary>
    public void Add(OpenConversation conversation) => _all.Add(conversation);

    public void Remove(OpenConversation conversation)
    {
        conversation.IsGone = true;
        if (++_gone > WorthCompacting && _gone > _all.Count / 2)
        {
            _all.RemoveAll(static conversation => conversation.IsGone);
            _gone = 0;
        }
    }

    public void Clear()
    {
        _all.Clear();
        _gone = 0;
    }

    /// <summary>Those after a position.</summary>
    public IEnumerable<OpenConversation> After(long position)
    {
        for (var i = FirstAfter(position); i < _all.Count; i++)
        {
            if (!_all[i].IsGone)
            {
                yield return _all[i];
            }
        }
    }

    private int FirstAfter(long position)
    {
        var (low, high) = (0, _all.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _all[middle].Position > position ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
