namespace Lull.Tests.Protocol;

/// <summary>What must hold in every state, and across every step.</summary>
internal static class Promises
{
    public const string Progress = "what is acknowledged can always still come to an end, without any further fault";

    /// <summary>Of states.</summary>
    public static IReadOnlyList<(string Name, Func<ModelState, bool> Holds)> OfStates { get; } =
    [
        ("no reply is accepted twice", state => Batches(state).All(batch => batch.Accepted <= 1)),
        ("no reply passes the fence when something newer was said", state => !state.SentStale),
        ("no acknowledged message is lost", state => state is { M1: not Fate.Gone, M2: not Fate.Gone }),
        ("a message is open or in one batch that lists it", state => HasOneFate(state, 0) && HasOneFate(state, 1)),
        ("a conversation has at most one unfinished batch", state => !(state.First.IsUnfinished && state.Second.IsUnfinished)),
        ("what is answered was in the prompt", state => Batches(state).All(batch => batch.Step is not Step.Answered || (batch.ReplyTo & batch.Messages) == batch.Messages)),
        ("what is answered was sent", state => Batches(state).All(batch => batch.Step is not Step.Answered || batch.Accepted > 0)),
    ];

    /// <summary>Of steps from one state to the next.</summary>
    public static IReadOnlyList<(string Name, Func<ModelState, ModelState, bool> Holds)> OfSteps { get; } =
    [
        ("attempts only grow", (before, after) => Pairs(before, after).All(pair => pair.After.Attempt >= pair.Before.Attempt)),
        ("what is finished stays as it is", (before, after) => Pairs(before, after).All(pair => pair.Before.Step is not (Step.Answered or Step.Held) || pair.After.Step == pair.Before.Step)),
        ("restarts only grow, up to two", (before, after) => Pairs(before, after).All(pair => pair.After.Restarts >= pair.Before.Restarts && pair.After.Restarts <= 2)),
    ];

    public static int Count => OfStates.Count + OfSteps.Count + 1;

    /// <summary>True when nothing that was acknowledged still waits.</summary>
    public static bool IsAtAnEnd(ModelState state)
        => state is { M1: not (Fate.Open or Fate.Promised), M2: not (Fate.Open or Fate.Promised), First.IsUnfinished: false, Second.IsUnfinished: false };

    private static bool HasOneFate(ModelState state, int m)
    {
        var listed = Batches(state).Select((batch, b) => (batch.Messages & (1 << m)) != 0 ? Fate.InFirst + (byte)b : Fate.Open).Where(fate => fate is not Fate.Open).ToList();
        return state.Message(m) is Fate.InFirst or Fate.InSecond ? listed.Count == 1 && listed[0] == state.Message(m) : listed.Count == 0;
    }

    private static ModelBatch[] Batches(ModelState state) => [state.First, state.Second];

    private static (ModelBatch Before, ModelBatch After)[] Pairs(ModelState before, ModelState after) => [(before.First, after.First), (before.Second, after.Second)];
}
