namespace Lull.Tests.Protocol;

/// <summary>
/// The protocol of claim, lease, fence, send and read-back, as it is to hold among several nodes: every step is what one conditional statement does,
/// and between any two steps anything may happen that can happen. Time is in the order of events only; where seconds matter, the rule says so.
/// </summary>
/// <param name="guards">The rules in force.</param>
/// <param name="nodes">Two or three.</param>
/// <param name="maxFaults">How many faults one run may have: crashes, lost wakes and answers, ended leases, failures, stalls.</param>
/// <param name="canFreeze">True to allow the admitted window: a node that freezes for any time between its fence and the socket write.</param>
internal sealed partial class ProtocolModel(Guards guards, int nodes, int maxFaults, bool canFreeze = false)
{
    private const int MaxRestarts = 2;
    private const int StallSeconds = 30, LeaseLeft = 12, Grace = 10, LookAfter = 15;

    public static ModelState Start => default;

    /// <summary>Everything that can happen next.</summary>
    public IEnumerable<Happening> Next(ModelState state)
    {
        var steps = Sender(state).Concat(Environment(state));
        for (var n = 0; n < nodes; n++)
        {
            steps = steps.Concat(Works(state, n));
        }

        return steps.Where(step => step.State.Faults <= maxFaults).Select(step => step with { State = step.State.Canonical() });
    }

    private bool Has(Guards guard) => (guards & guard) != 0;

    private static Happening Fault(string what, ModelState state) => new(what, state with { Faults = (byte)(state.Faults + 1) }, IsFault: true);

    private static Happening Happens(string what, ModelState state) => new(what, state, IsFault: false);

    private IEnumerable<Happening> Sender(ModelState state)
    {
        for (var m = 0; m < 2; m++)
        {
            switch (state.Message(m))
            {
                case Fate.Unsaid when !Has(Guards.CommitBeforeAcknowledging):
                    yield return Happens($"message {m + 1} is acknowledged before its commit", state.WithMessage(m, Fate.Promised));
                    break;
                case Fate.Unsaid or Fate.Promised:
                    var stored = state.WithMessage(m, Stored(state, m));
                    yield return Happens($"message {m + 1} is committed, its wake arrives", stored with { IsAwake = true });
                    yield return Fault($"message {m + 1} is committed, its wake is lost", stored);
                    break;
            }
        }
    }

    /// <summary>A smaller id that is committed later is open like any other, unless claims count by id.</summary>
    private Fate Stored(ModelState state, int m)
        => !Has(Guards.ClaimTakesTheRowsItSaw) && m == 0 && state.M2 is Fate.InFirst or Fate.InSecond ? state.M2 : Fate.Open;

    /// <summary>Time passes, GHL works, recovery looks.</summary>
    private IEnumerable<Happening> Environment(ModelState state)
    {
        if (!state.IsAwake && Has(Guards.RecoveryFindsOverdue) && (state.Open != 0 || state.First.IsUnfinished || state.Second.IsUnfinished))
        {
            yield return Happens("recovery finds what is overdue", state with { IsAwake = true });
        }

        for (var b = 0; b < 2; b++)
        {
            var batch = state.Batch(b);
            if (batch.Lease is Lease.Live && Has(Guards.LeasesEnd) && LeaseEnds(state, b) is { } ended)
            {
                yield return ended;
            }

            if (batch is { Lease: Lease.Ended, Step: Step.Sending })
            {
                yield return Happens($"10 s pass after batch {b + 1}'s lease ended", state.WithBatch(b, batch with { Lease = Lease.Past }));
            }

            if (batch is { Step: Step.Unknown, IsSettled: false } && MaySettle(state, b))
            {
                yield return Happens($"15 s pass after batch {b + 1}'s send ended", state.WithBatch(b, batch with { IsSettled = true }));
            }

            if (batch.OnTheWire > 0)
            {
                var gone = batch with { OnTheWire = (byte)(batch.OnTheWire - 1) };
                yield return Happens($"GHL accepts batch {b + 1}'s reply, whose sender is gone", state.WithBatch(b, Accept(gone)));
                yield return Happens($"batch {b + 1}'s request is lost on its way", state.WithBatch(b, gone));
            }
        }
    }

    /// <summary>A lease ends when its holder is gone, cut off, or slow; a send that was begun with 12 s left has ended by then.</summary>
    private Happening? LeaseEnds(ModelState state, int b)
    {
        var after = state.WithBatch(b, state.Batch(b) with { Lease = Lease.Ended });
        var holder = Nodes(state).FirstOrDefault(node => node.Phase != Phase.Idle && node.Batch == b && node.Attempt == state.Batch(b).Attempt);
        return holder switch
        {
            { Phase: Phase.Idle } => Happens($"batch {b + 1}'s lease ends, its holder is gone", after),
            { Phase: Phase.Fenced or Phase.InFlight, Pause: Pause.None } when Has(Guards.TwelveSecondsLeft) => null,
            { Pause: Pause.None } => Fault($"batch {b + 1}'s lease ends, its holder is cut off from the store", after),
            _ => Happens($"batch {b + 1}'s lease ends, its holder stands still", after),
        };
    }

    /// <summary>No request is still under way 15 s after the takeover: a sender that stood still for 30 s has come back by then, if it lost 22 s before.</summary>
    private bool MaySettle(ModelState state, int b)
    {
        var batch = state.Batch(b);
        if (Has(Guards.SendsTimeOut) && (batch.OnTheWire > 0 || Nodes(state).Any(node => node.Phase is Phase.InFlight && node.Batch == b)))
        {
            return false;
        }

        return !Nodes(state).Any(node => node.Phase is Phase.Fenced && node.Batch == b
            && (node.Pause is Pause.None || (node.Pause is Pause.Stalled && batch.SecondsLost + LookAfter > StallSeconds)));
    }

    private static ModelBatch Accept(ModelBatch batch) => batch with { Accepted = (byte)Math.Min(batch.Accepted + 1, 2), IsVisible = false };

    private static ModelNode[] Nodes(ModelState state) => [state.A, state.B, state.C];
}

/// <summary>One thing that happens, and the state after it.</summary>
/// <param name="IsFault">True for what one cannot count on: it must never be needed for progress.</param>
internal readonly record struct Happening(string What, ModelState State, bool IsFault);
