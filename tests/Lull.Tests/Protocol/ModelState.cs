namespace Lull.Tests.Protocol;

internal enum Fate : byte
{
    Unsaid,

    /// <summary>Acknowledged, and in no disk's keeping: only without <see cref="Guards.CommitBeforeAcknowledging"/>.</summary>
    Promised,
    Open,
    InFirst,
    InSecond,
    Gone,
}

internal enum Step : byte
{
    None,
    Released,
    Claimed,
    Replying,
    Replied,
    Sending,
    Unknown,
    Answered,
    Held,
}

/// <summary>None: nobody works on it. Past: it ended more than 10 s ago.</summary>
internal enum Lease : byte
{
    None,
    Live,
    Ended,
    Past,
}

/// <summary>What is stored of a batch, and after the line what GHL knows of it.</summary>
/// <param name="Messages">Whom the batch lists: bit 0 the first message, bit 1 the second.</param>
/// <param name="ReplyTo">Whom the stored reply's prompt held.</param>
/// <param name="IsSettled">15 s have passed since the send ended.</param>
/// <param name="SecondsLost">How long before the takeover the send was fenced, at least: what a stalled sender has used up.</param>
/// <param name="OnTheWire">Requests whose sender is gone and that GHL has yet to take or drop.</param>
/// <param name="Accepted">How often GHL accepted the reply.</param>
/// <param name="IsVisible">GHL's record shows it.</param>
internal readonly record struct ModelBatch(
    Step Step, byte Attempt, Lease Lease, byte Restarts, byte Messages, byte ReplyTo, byte NotThere, bool IsSettled, bool HadMargin, byte SecondsLost,
    byte OnTheWire, byte Accepted, bool IsVisible)
{
    public bool IsUnfinished => Step is not (Step.None or Step.Answered or Step.Held);
}

/// <summary>Where a node is in its work on one batch.</summary>
internal enum Phase : byte
{
    Idle,
    Claimed,
    Calling,
    HasText,
    BeforeFence,

    /// <summary>The fence let it through; the socket is not touched yet.</summary>
    Fenced,
    InFlight,
    ToldYes,
    ToldNo,
    ToldNothing,
    Reading,
}

/// <summary>How long a node hesitates between its fence and the socket write.</summary>
internal enum Pause : byte
{
    None,

    /// <summary>30 s, as a bad garbage collection or a stopped virtual machine.</summary>
    Stalled,

    /// <summary>Any time: the window that contract section 8 admits.</summary>
    Frozen,
}

internal readonly record struct ModelNode(Phase Phase, byte Batch, byte Attempt, byte Prompt, Pause Pause)
{
    /// <summary>Nodes are alike: states that differ only in who is who are one.</summary>
    public int Order => ((int)Phase << 24) | (Batch << 20) | (Attempt << 8) | (Prompt << 4) | (int)Pause;
}

/// <summary>One conversation, two messages, up to three nodes.</summary>
/// <param name="IsAwake">Some node knows that there is work.</param>
/// <param name="Faults">How many of the faults that the exploration may use have happened.</param>
/// <param name="SentStale">A fence let a reply through although something newer was there.</param>
internal readonly record struct ModelState(
    Fate M1, Fate M2, ModelBatch First, ModelBatch Second, ModelNode A, ModelNode B, ModelNode C, bool IsAwake, byte Faults, bool SentStale)
{
    public Fate Message(int m) => m == 0 ? M1 : M2;

    public ModelState WithMessage(int m, Fate fate) => m == 0 ? this with { M1 = fate } : this with { M2 = fate };

    public ModelBatch Batch(int b) => b == 0 ? First : Second;

    public ModelState WithBatch(int b, ModelBatch batch) => b == 0 ? this with { First = batch } : this with { Second = batch };

    public ModelNode Node(int n) => n switch { 0 => A, 1 => B, _ => C };

    public ModelState WithNode(int n, ModelNode node) => n switch { 0 => this with { A = node }, 1 => this with { B = node }, _ => this with { C = node } };

    /// <summary>The messages no batch has claimed.</summary>
    public byte Open => (byte)((M1 == Fate.Open ? 1 : 0) | (M2 == Fate.Open ? 2 : 0));

    /// <summary>The same state with its nodes in order.</summary>
    public ModelState Canonical()
    {
        var (a, b, c) = (A, B, C);
        if (a.Order < b.Order)
        {
            (a, b) = (b, a);
        }

        if (b.Order < c.Order)
        {
            (b, c) = (c, b);
        }

        if (a.Order < b.Order)
        {
            (a, b) = (b, a);
        }

        return this with { A = a, B = b, C = c };
    }

    public override string ToString()
    {
        var state = this;
        var batches = Enumerable.Range(0, 2).Where(b => state.Batch(b).Step != Step.None).Select(b => Show(state.Batch(b)));
        var nodes = new[] { A, B, C }.Where(node => node.Phase != Phase.Idle).Select(node => $"{node.Phase}({node.Batch + 1}, attempt {node.Attempt}{(node.Pause == Pause.None ? "" : $", {node.Pause}")})");
        return $"messages {M1} {M2}; batches {string.Join(", ", batches)}; nodes {string.Join(", ", nodes)}";
    }

    private static string Show(ModelBatch batch) => $"{batch.Step}[attempt {batch.Attempt}, lease {batch.Lease}, accepted {batch.Accepted}]";
}
