namespace Lull.Tests.Protocol;

/// <content>What a node does: each line is one statement of the store, one call to the model, or one of GHL.</content>
internal sealed partial class ProtocolModel
{
    private IEnumerable<Happening> Works(ModelState state, int n)
    {
        var node = state.Node(n);
        var steps = node.Phase switch
        {
            Phase.Idle => Claims(state, n),
            Phase.Claimed => [IsCurrent(state, node) ? Go(state, n, Phase.Calling, "begins the reply", Step.Replying) : Leaves(state, n)],
            Phase.Calling => Calls(state, n),
            Phase.HasText => [Saves(state, n)],
            Phase.BeforeFence => [Fences(state, n)],
            Phase.Fenced => Writes(state, n),
            Phase.InFlight => Sends(state, n),
            Phase.ToldYes => [Records(state, n, "sent", batch => batch with { Step = Step.Answered, Lease = Lease.None }), AnswerLost(state, n)],
            Phase.ToldNo => [Records(state, n, "surely not sent", batch => batch with { Step = Step.Replied, Lease = Lease.None }), AnswerLost(state, n)],
            Phase.ToldNothing => [Records(state, n, "unknown", Doubt)],
            _ => Reads(state, n),
        };
        return node.Phase is Phase.Idle ? steps : steps.Append(Crashes(state, n));
    }

    private IEnumerable<Happening> Claims(ModelState state, int n)
    {
        if (!state.IsAwake)
        {
            yield break;
        }

        for (var b = 0; b < 2; b++)
        {
            if (state.Batch(b).IsUnfinished && TakesUp(state, n, b) is { } taken)
            {
                yield return taken;
            }
        }

        var free = state.First.Step is Step.None ? 0 : 1;
        if (state.Open != 0 && state.Batch(free).Step is Step.None && (!Has(Guards.OneUnfinishedBatch) || !state.First.IsUnfinished))
        {
            yield return Claimed(state, n, free, $"claims batch {free + 1}");
        }
    }

    private Happening? TakesUp(ModelState state, int n, int b)
    {
        var batch = state.Batch(b);
        var isFree = batch.Lease is Lease.None or Lease.Ended or Lease.Past || !Has(Guards.LiveLeaseIsRespected);
        return batch.Step switch
        {
            Step.Released => Claimed(state, n, b, $"claims batch {b + 1} again with what was said since"),
            Step.Claimed or Step.Replying when isFree => Claimed(state, n, b, $"takes over batch {b + 1}"),
            Step.Replied when isFree => Takes(state, n, b, batch, Phase.BeforeFence, $"takes up batch {b + 1} with its stored reply"),
            Step.Sending when isFree && (batch.Lease is Lease.Past || !Has(Guards.TenSecondsGrace) || !Has(Guards.LiveLeaseIsRespected)) => TakesOverSend(state, b),
            Step.Unknown when batch.Lease is not Lease.Live && (batch.IsSettled || !Has(Guards.WaitBeforeReading)) => Takes(state, n, b, batch, Phase.Reading, $"takes up batch {b + 1} to look for its send"),
            _ => null,
        };
    }

    private static Happening Claimed(ModelState state, int n, int b, string what)
    {
        var taken = state.Open;
        for (var m = 0; m < 2; m++)
        {
            state = state.Message(m) is Fate.Open ? state.WithMessage(m, Fate.InFirst + (byte)b) : state;
        }

        var batch = state.Batch(b);
        return Takes(state, n, b, batch with { Step = Step.Claimed, Messages = (byte)(batch.Messages | taken) }, Phase.Claimed, what);
    }

    private static Happening Takes(ModelState state, int n, int b, ModelBatch batch, Phase phase, string what)
    {
        batch = batch with { Attempt = (byte)(batch.Attempt + 1), Lease = Lease.Live };
        return Happens($"a node {what}", state.WithBatch(b, batch).WithNode(n, new(phase, (byte)b, batch.Attempt, batch.Messages, Pause.None)));
    }

    /// <summary>The sender may be alive: what it has lost of its time is what the takeover waited.</summary>
    private Happening TakesOverSend(ModelState state, int b)
    {
        var batch = state.Batch(b);
        var lost = (batch.Lease is not Lease.Live && batch.HadMargin ? LeaseLeft : 0) + (batch.Lease is Lease.Past ? Grace : 0);
        var taken = Doubt(batch) with { Attempt = (byte)(batch.Attempt + 1), SecondsLost = (byte)lost };
        return Has(Guards.UnknownIsReadBack)
            ? Happens($"a node takes over batch {b + 1} in the middle of its send: unknown", state.WithBatch(b, taken))
            : Happens($"a node takes over batch {b + 1} in the middle of its send, as if it was not sent", state.WithBatch(b, taken with { Step = Step.Replied }));
    }

    private IEnumerable<Happening> Calls(ModelState state, int n)
    {
        var node = state.Node(n);
        yield return Happens("the model answers", state.WithNode(n, node with { Phase = Phase.HasText }));
        if (!IsCurrent(state, node))
        {
            yield break;
        }

        var batch = state.Batch(node.Batch);
        var released = batch with { Step = Step.Released, Lease = Lease.None };
        yield return Fault("the model fails: released", Ends(state, n, released));
        if (state.Open != 0 && batch.Restarts < MaxRestarts)
        {
            yield return Happens("a newer message cancels the call: released", Ends(state, n, released with { Restarts = (byte)(batch.Restarts + 1) }));
        }
    }

    private Happening Saves(ModelState state, int n)
    {
        var node = state.Node(n);
        var batch = state.Batch(node.Batch);
        return IsCurrent(state, node) && batch.Step is Step.Claimed or Step.Replying
            ? Happens("the reply is saved", state.WithBatch(node.Batch, batch with { Step = Step.Replied, ReplyTo = node.Prompt }).WithNode(n, node with { Phase = Phase.BeforeFence }))
            : Leaves(state, n);
    }

    private Happening Fences(ModelState state, int n)
    {
        var node = state.Node(n);
        var batch = state.Batch(node.Batch);
        if (!IsCurrent(state, node) || batch.Step is not Step.Replied || (batch.Lease is not Lease.Live && Has(Guards.FenceNeedsLiveLease)))
        {
            return Leaves(state, n);
        }

        var isStale = state.Open != 0 && batch.Restarts < MaxRestarts;
        if (isStale && Has(Guards.FenceLooksForNewer))
        {
            return Happens("the fence finds a newer message: released", Ends(state, n, batch with { Step = Step.Released, Lease = Lease.None, Restarts = (byte)(batch.Restarts + 1) }));
        }

        var intended = batch with { Step = Has(Guards.IntentBeforeSend) ? Step.Sending : Step.Replied, HadMargin = batch.Lease is Lease.Live && Has(Guards.TwelveSecondsLeft) };
        return Happens("the fence lets the reply through", (state with { SentStale = state.SentStale || isStale }).WithBatch(node.Batch, intended).WithNode(n, node with { Phase = Phase.Fenced }));
    }

    private IEnumerable<Happening> Writes(ModelState state, int n)
    {
        var node = state.Node(n);
        yield return Happens("the request is written", state.WithNode(n, node with { Phase = Phase.InFlight, Pause = Pause.None }));
        if (node.Pause is Pause.None)
        {
            yield return Fault("the node stalls for 30 s between its fence and the socket", state.WithNode(n, node with { Pause = Pause.Stalled }));
            if (canFreeze)
            {
                yield return Fault("the node freezes between its fence and the socket", state.WithNode(n, node with { Pause = Pause.Frozen }));
            }
        }
    }

    private static IEnumerable<Happening> Sends(ModelState state, int n)
    {
        var node = state.Node(n);
        var batch = state.Batch(node.Batch);
        yield return Happens("GHL accepts the reply", state.WithBatch(node.Batch, Accept(batch)).WithNode(n, node with { Phase = Phase.ToldYes }));
        yield return Fault("GHL refuses the reply for now", state.WithNode(n, node with { Phase = Phase.ToldNo }));
        yield return Fault("the send times out", state.WithBatch(node.Batch, Orphan(batch)).WithNode(n, node with { Phase = Phase.ToldNothing }));
    }

    private IEnumerable<Happening> Reads(ModelState state, int n)
    {
        var node = state.Node(n);
        var batch = state.Batch(node.Batch);
        if (!IsCurrent(state, node) || batch.Step is not Step.Unknown)
        {
            return [Leaves(state, n)];
        }

        var isAnothers = !Has(Guards.MatchIsNotAnothers) && state.Batch(1 - node.Batch).Accepted > 0;
        var found = Happens("the look finds the reply: answered", Ends(state, n, batch with { Step = Step.Answered, Lease = Lease.None }));
        var notThere = (byte)(batch.NotThere + 1);
        var enough = notThere >= (Has(Guards.ReadTwice) ? 2 : 1);

        // What was accepted is seen by the second look at the latest.
        var missed = batch with { NotThere = enough ? (byte)0 : notThere, Step = enough ? Step.Replied : Step.Unknown, Lease = Lease.None, IsVisible = batch.Accepted > 0 };
        var notFound = Happens(enough ? "the look finds nothing: sent again" : "the look finds nothing yet", Ends(state, n, missed));
        var unreadable = Fault("GHL cannot be read for 15 minutes: held", Ends(state, n, batch with { Step = Step.Held, Lease = Lease.None }));
        return batch.Accepted == 0 ? isAnothers ? [found] : [notFound, unreadable] : batch.IsVisible ? [found, unreadable] : [found, notFound, unreadable];
    }

    private Happening Records(ModelState state, int n, string what, Func<ModelBatch, ModelBatch> step)
    {
        var node = state.Node(n);
        var batch = state.Batch(node.Batch);
        var isExpected = batch.Step is Step.Sending or Step.Unknown || (batch.Step is Step.Replied && !Has(Guards.IntentBeforeSend));
        return IsCurrent(state, node) && isExpected ? Happens($"recorded: {what}", Ends(state, n, step(batch))) : Leaves(state, n);
    }

    private static Happening AnswerLost(ModelState state, int n) => Fault("GHL's answer is lost", state.WithNode(n, state.Node(n) with { Phase = Phase.ToldNothing }));

    private static Happening Crashes(ModelState state, int n)
    {
        var node = state.Node(n);
        var after = node.Phase is Phase.InFlight ? state.WithBatch(node.Batch, Orphan(state.Batch(node.Batch))) : state;
        for (var m = 0; m < 2; m++)
        {
            after = after.Message(m) is Fate.Promised ? after.WithMessage(m, Fate.Gone) : after;
        }

        return Fault($"the node crashes ({node.Phase})", (after with { IsAwake = false }).WithNode(n, default));
    }

    private bool IsCurrent(ModelState state, ModelNode node) => state.Batch(node.Batch).Attempt == node.Attempt || !Has(Guards.StepsCarryTheTicket);

    private static Happening Go(ModelState state, int n, Phase phase, string what, Step step)
    {
        var node = state.Node(n);
        return Happens($"a node {what}", state.WithBatch(node.Batch, state.Batch(node.Batch) with { Step = step }).WithNode(n, node with { Phase = phase }));
    }

    private static Happening Leaves(ModelState state, int n) => Happens("a node finds that the batch is no longer its own", state.WithNode(n, default));

    private static ModelState Ends(ModelState state, int n, ModelBatch batch) => state.WithBatch(state.Node(n).Batch, batch).WithNode(n, default);

    private static ModelBatch Doubt(ModelBatch batch)
        => batch with { Step = Step.Unknown, Lease = Lease.None, NotThere = 0, IsSettled = false, SecondsLost = LeaseLeft + Grace };

    private static ModelBatch Orphan(ModelBatch batch) => batch with { OnTheWire = (byte)(batch.OnTheWire + 1) };
}
