namespace Lull.Tests.Protocol;

/// <summary>Every state that can be reached, breadth first, so that the first trace to anything is a shortest one.</summary>
internal sealed class Exploration
{
    private readonly Dictionary<ModelState, int> _numbers = [];
    private readonly List<(ModelState State, int From, string How)> _states = [];
    private readonly List<(int From, int To)> _sureSteps = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _broken = [];

    private Exploration()
    {
    }

    public int States => _states.Count;

    public long Steps { get; private set; }

    /// <summary>The promises that can be broken, each with a shortest trace.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Broken => _broken;

    /// <param name="stopAtFirst">True to end with the first broken promise.</param>
    public static Exploration Of(ProtocolModel model, bool stopAtFirst = false)
    {
        var exploration = new Exploration();
        exploration.Run(model, stopAtFirst);
        if (!stopAtFirst || exploration._broken.Count == 0)
        {
            exploration.CheckProgress();
        }

        return exploration;
    }

    private void Run(ProtocolModel model, bool stopAtFirst)
    {
        Visit(ProtocolModel.Start, -1, "the start");
        for (var at = 0; at < _states.Count && !(stopAtFirst && _broken.Count > 0); at++)
        {
            var before = _states[at].State;
            foreach (var (what, after, isFault) in model.Next(before))
            {
                Steps++;
                var to = Visit(after, at, what);
                foreach (var (name, holds) in Promises.OfSteps)
                {
                    if (!_broken.ContainsKey(name) && !holds(before, after))
                    {
                        _broken[name] = [.. Trace(at), $"{what}: {after}"];
                    }
                }

                if (!isFault)
                {
                    _sureSteps.Add((at, to));
                }
            }
        }
    }

    private int Visit(ModelState state, int from, string how)
    {
        if (_numbers.TryGetValue(state, out var known))
        {
            return known;
        }

        var number = _states.Count;
        _numbers.Add(state, number);
        _states.Add((state, from, how));
        foreach (var (name, holds) in Promises.OfStates)
        {
            if (!_broken.ContainsKey(name) && !holds(state))
            {
                _broken[name] = Trace(number);
            }
        }

        return number;
    }

    /// <summary>Walks back from every state in which nothing waits, over steps that are no faults: what is not reached can never end.</summary>
    private void CheckProgress()
    {
        var into = _sureSteps.ToLookup(step => step.To, step => step.From);
        var canEnd = new bool[_states.Count];
        var open = new Stack<int>();
        for (var i = 0; i < _states.Count; i++)
        {
            if (Promises.IsAtAnEnd(_states[i].State))
            {
                canEnd[i] = true;
                open.Push(i);
            }
        }

        while (open.TryPop(out var to))
        {
            foreach (var from in into[to].Where(from => !canEnd[from]))
            {
                canEnd[from] = true;
                open.Push(from);
            }
        }

        if (Array.IndexOf(canEnd, false) is >= 0 and var stuck)
        {
            _broken[Promises.Progress] = Trace(stuck);
        }
    }

    private List<string> Trace(int number)
    {
        var trace = new List<string>();
        for (var at = number; at > 0; at = _states[at].From)
        {
            trace.Add($"{_states[at].How}: {_states[at].State}");
        }

        trace.Reverse();
        return trace;
    }
}
